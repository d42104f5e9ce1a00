/**
 * The models: network namespaces, cables, packets, and what sends and receives them. Knows no files and no
 * Node.
 */
export { DropReason, dropReasonName } from './drop-reason.ts';
export { Cable, type CableSpec, type CableStatistics } from './link/cable.ts';
export type { Capture } from './link/capture/capture.ts';
export { captureTo } from './link/capture/capture-to.ts';
export { compileFrameFilter, type FrameFilter, FrameFilterError } from './link/frame-filter.ts';
export type { Tap } from './link/tap.ts';
export { ControlError, type Errno } from './netns/control-error.ts';
export type * from './netns/control-types.ts';
export type { DropRow } from './netns/drop-counters.ts';
export { Interface } from './netns/interface/interface.ts';
export { connect, setCable } from './netns/interface/link-control.ts';
export { Network } from './netns/network.ts';
export { NetworkNamespace } from './netns/network-namespace.ts';
export type { Tracer } from './netns/tracer.ts';
export { Packet } from './packet.ts';
export { BytesPayload, CountingPayload, type Payload, ZERO_PAYLOAD } from './payload.ts';
export type { FlowObserver } from './traffic/flow-observer.ts';
export { FlowStatistics } from './traffic/flow-statistics.ts';
export { Ping, type PingOptions, type PingResult } from './traffic/ping.ts';
export { PingFlow, type PingFlowOptions } from './traffic/ping-flow.ts';
export { Traceroute, type TracerouteOptions } from './traffic/traceroute.ts';
export { UdpFlow, type UdpPattern } from './traffic/udp-flow.ts';
export { PingSocket } from './transport/ping-socket.ts';
export { TcpConnection, type TcpOptions } from './transport/tcp/tcp-connection.ts';
export { TcpListener } from './transport/tcp/tcp-listener.ts';
export { UdpSocket } from './transport/udp.ts';
export { describeFrame } from './wire/frame-printer.ts';
export { formatIpv4, formatPrefix, type Ipv4Address, parseIpv4, parsePrefix } from './wire/ipv4-address.ts';
export { formatMac, type MacAddress, parseMac } from './wire/mac-address.ts';
