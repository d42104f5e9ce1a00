/** Frames that a Linux 6.18 kernel sent, captured on veth interfaces without offloads. */

/** Bytes of hexadecimal text; blanks are free. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

/** Hexadecimal text of bytes, which a failed comparison shows better than an array. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** 10.244.1.2 asks for 10.244.1.3. */
export const ARP_REQUEST = bytesOf(
  'ffffffffffff0a580af401020806 0001080006040001 0a580af40102 0af40102 000000000000 0af40103',
);

/** A probe of a known neighbour: unicast. */
export const ARP_PROBE = bytesOf(
  '0a580af401020a580af401030806 0001080006040001 0a580af40103 0af40103 000000000000 0af40102',
);

export const ARP_REPLY = bytesOf(
  '0a580af401020a580af401030806 0001080006040002 0a580af40103 0af40103 0a580af40102 0af40102',
);

/** ping, 56 bytes of data, DF. */
export const ECHO_REQUEST = bytesOf(
  '0a580af401030a580af401020800 4500005489ae40004001990e0af401020af40103 08008a8827a20001' +
    'c998036b00000000b8fd010000000000101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f' +
    '3031323334353637',
);

export const ECHO_REPLY = bytesOf(
  '0a580af401020a580af401030800 4500005407b8000040015b050af401030af40102 0000928827a20001' +
    'c998036b00000000b8fd010000000000101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f' +
    '3031323334353637',
);

/** The last fragment of a large echo request: seven bytes of data at offset 1424. */
export const LAST_FRAGMENT = bytesOf(
  '0a580af400160a580af4000c0800 4500001b14fc00b240014f2b0af4000c0af40016 88898a8b8c8d8e',
);

/** traceroute's second hop answers. */
export const TIME_EXCEEDED = bytesOf(
  '0a58c0a8010b0a58c0a8010c0800 45c000585025000040015c16c0a8010c0af40102 0b000e2500000000' +
    '4500003c6dcf0000011132f70af401020af40202cd4a829b0028a1c7' +
    '404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f',
);

/** A router without a route, about a SYN to 10.99.0.1. */
export const NET_UNREACHABLE = bytesOf(
  '0a580af401020a580af401010800 45c0005809b70000400158440af401010af40102 0300138800000000' +
    '4500003c26ac40004006fdb60af401020a6300014e23005012c7e25c00000000a002faf0c3c80000' +
    '020405b40402080a543bdb17000000000103030a',
);

/** Nobody answered ARP for 10.244.2.99. */
export const HOST_UNREACHABLE = bytesOf(
  '0a58c0a8010b0a58c0a8010c0800 45c0004c76db00004001356cc0a8010c0af40102 0301167900000000' +
    '45000030f00e40003e1133620af401020af402634e212328001c1abc000102030405060708090a0b0c0d0e0f10111213',
);

/** One byte to UDP port 9999, which nobody has open. */
export const UDP_DATAGRAM = bytesOf(
  '0a58c0a8010c0a58c0a8010b0800 4500001decdc40003f1136080af401020af40202 4e21270f000971c0 00',
);

/** The answer to it. */
export const PORT_UNREACHABLE = bytesOf(
  '0a58c0a8010b0a58c0a8010c0800 45c000392e4800003f0133d10af402020af40102 0303160300000000' +
    '4500001decdc40003e1137080af401020af402024e21270f000971c000',
);

/** The first 102 bytes of the answer of a router with an MTU of 1400 to a ping of 1500 bytes with DF. */
export const FRAGMENTATION_NEEDED_HEAD = bytesOf(
  '0a580af401020a580af401010800 45c002404a910000400115820af401010af40102 0304f05600000578' +
    '450005dc0000400040011c360af401020af40202080025c941130001159e036b0000000025f7050000000000' +
    '101112131415161718191a1b1c1d1e1f',
);
export const FRAGMENTATION_NEEDED_LENGTH = 590;

export const TCP_SYN = bytesOf(
  '0a580af401010a580af401020800 4500003c26ac40004006fdb60af401020a630001' +
    '4e23005012c7e25c00000000a002faf0c3c80000 020405b40402080a543bdb17000000000103030a',
);

/** One of two acknowledgements with two SACK blocks during a loss. */
export const TCP_SACK = bytesOf(
  '0a58c0a8010c0a58c0a8010b0800 450000488b5140003f0697730af402020af40102' +
    '13894e218343b1477050e3e2d010009e67e60000 0101080a90faf86303b582040101' +
    '05127051002a705105d27050e98a7050f4da',
);

/** Two bytes of data. */
export const TCP_DATA = bytesOf(
  '0a58c0a8010b0a58c0a8010c0800 450000366c3140003f06b6a50af402020af40102' +
    '00504e216e099d99487b4e6f801800432e700000 0101080afc90cbe8cac5aad5 0001',
);

/** The answer of a closed port to a SYN. */
export const TCP_RESET = bytesOf(
  '0a58c0a8010b0a58c0a8010c0800 45000028000040003f0622e50af402020af40102' +
    '00514e2100000000511b554650140000a2110000',
);

/** Every frame above that is whole. */
export const WHOLE_FRAMES = [
  ARP_REQUEST,
  ARP_PROBE,
  ARP_REPLY,
  ECHO_REQUEST,
  ECHO_REPLY,
  LAST_FRAGMENT,
  TIME_EXCEEDED,
  NET_UNREACHABLE,
  HOST_UNREACHABLE,
  UDP_DATAGRAM,
  PORT_UNREACHABLE,
  TCP_SYN,
  TCP_SACK,
  TCP_DATA,
  TCP_RESET,
];
