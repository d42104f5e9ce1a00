import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../engine/simulation.ts';
import { WheelQueue } from '../../../engine/wheel-queue.ts';
import { Alarms } from '../../../models/weave/alarms.ts';

describe('alarms', () => {
  it('go off when they are due, those of one time in the order of asking', () => {
    const simulation = new Simulation(new WheelQueue());
    const alarms = new Alarms(simulation);
    const heard: string[] = [];
    const note = (word: string) => () => heard.push(`${word} ${alarms.now}`);
    alarms.after(20, note('later'));
    alarms.after(10, note('first'));
    alarms.after(10, () => {
      note('second')();
      alarms.after(0, note('at once'));
    });
    simulation.run({ until: 100 });
    expect(heard).toEqual(['first 10', 'second 10', 'at once 10', 'later 20']);
  });

  it('can be taken back, each or all, and not after they went off', () => {
    const simulation = new Simulation(new WheelQueue());
    const alarms = new Alarms(simulation);
    const heard: number[] = [];
    const set = [1, 2, 3].map((n) => alarms.after(10 * n, () => heard.push(n)));
    set[1].cancel();
    simulation.run({ until: 15 });
    // its place belongs to another by now
    const late = alarms.after(10, () => heard.push(4));
    set[0].cancel();
    set[1].cancel();
    expect(late.time).toBe(simulation.now + 10);
    simulation.run({ until: 26 });
    expect(heard).toEqual([1, 4]);
    alarms.after(10, () => heard.push(5));
    alarms.cancelAll();
    simulation.run({ until: 100 });
    expect(heard).toEqual([1, 4]);
    expect(simulation.pending).toBe(0);
  });
});
