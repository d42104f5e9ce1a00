/** A MAC address as a 48-bit integer in a double: `02:00:00:00:00:01` is 0x020000000001. */
export type MacAddress = number;

export const BROADCAST_MAC: MacAddress = 0xffffffffffff;
export const ZERO_MAC: MacAddress = 0;

/** Parses `aa:bb:cc:dd:ee:ff`; undefined when it is not six hexadecimal octets. */
export function parseMac(text: string): MacAddress | undefined {
  if (!/^[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}$/.test(text)) return undefined;
  return text.split(':').reduce((value, octet) => value * 256 + Number.parseInt(octet, 16), 0);
}

/** Lower-case text with colons, as Linux prints it. */
export function formatMac(mac: MacAddress): string {
  const hex = mac.toString(16).padStart(12, '0');
  return hex.replace(/..(?!$)/g, '$&:');
}

/** The group bit (IEEE 802): multicast and broadcast addresses have it. */
export function isGroupMac(mac: MacAddress): boolean {
  return (Math.floor(mac / 2 ** 40) & 1) === 1;
}
