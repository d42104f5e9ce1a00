const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MILLISECOND = 1e6;

/**
 * Simulated time as ctime(3) writes it, in UTC; the simulation begins with 1970.
 * @param nanoseconds since the simulation began
 */
export function calendarTime(nanoseconds: number): string {
  const date = new Date(Math.floor(nanoseconds / MILLISECOND));
  const two = (number: number, fill: string) => String(number).padStart(2, fill);
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map((part) => two(part, '0'));
  return (
    `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${two(date.getUTCDate(), ' ')} ` +
    `${time.join(':')} ${date.getUTCFullYear()}`
  );
}
