import { fc } from '@fast-check/vitest';
import { HeapJsQueue } from '/work/main/engine/heap-js-queue.ts';
import { readCapture } from '/work/main/engine/pcap-writer/index.ts';
import { checkCapturedFrame } from '/work/main/test/checkers/captured-frames.ts';
import { checkForwardingDatabases } from '/work/main/test/checkers/fdb-truth.ts';
import { checkFlowConservation, checkPacketConservation } from '/work/main/test/checkers/packet-conservation.ts';
import { arbitraryTopology } from '/work/main/test/properties/arbitrary-topology.ts';
import { runTopology } from '/work/main/test/properties/run-topology.ts';
const N = Number(process.argv[2]); const seed = Number(process.argv[3]);
const drops: Record<string, number> = {}; let sent = 0, recv = 0, longest = 0, frames = 0, comments: Record<string,number> = {};
let maxEvents=0;
const result = fc.check(fc.property(arbitraryTopology, (t) => {
  const r = runTopology({...t, disturbances: t.disturbances.filter((d) => d.what !== "podMac")});
  checkPacketConservation(r.network);
  for (const f of r.flows) { f.check(); checkFlowConservation(r.network, f); sent += f.sentPackets; recv += f.receivedPackets; for (const [k,v] of Object.entries(f.lossesByReason())) drops[k] = (drops[k] ?? 0) + v; }
  if (r.network.pool.inFlight !== 0) throw new Error('in flight ' + r.network.pool.inFlight);
  r.ttl.check(); longest = Math.max(longest, r.ttl.longestWay); maxEvents = Math.max(maxEvents, r.network.simulation.events);
  checkForwardingDatabases(r.network);
  const { packets } = readCapture(r.capture);
  for (const p of packets) { frames++; checkCapturedFrame(p); if (p.comment) { const c = p.comment.replace(/at .*:/, ''); comments[c] = (comments[c] ?? 0) + 1; } }
  const h = runTopology({...t, disturbances: t.disturbances.filter((d) => d.what !== "podMac")}, { queue: new HeapJsQueue() });
  if (h.network.timedPrint.value !== r.network.timedPrint.value || Buffer.compare(Buffer.from(h.capture), Buffer.from(r.capture)) !== 0) throw new Error('queues differ');
}), { numRuns: N, seed });
console.log({ sent, recv, longest, frames, maxEvents }, drops, comments);
if (result.failed) console.log(fc.defaultReportMessage ? await fc.asyncDefaultReportMessage(result) : JSON.stringify(result.counterexample));
