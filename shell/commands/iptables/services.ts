import { ipProtocols } from './protocols.ts';

/** The services of services(5) that come up in clusters: name, port, and the protocol where not both have it. */
const SERVICES: readonly [name: string, port: number, only?: 'tcp' | 'udp'][] = [
  ['tcpmux', 1, 'tcp'],
  ['echo', 7],
  ['discard', 9],
  ['systat', 11, 'tcp'],
  ['daytime', 13],
  ['netstat', 15, 'tcp'],
  ['qotd', 17, 'tcp'],
  ['chargen', 19],
  ['ftp-data', 20, 'tcp'],
  ['ftp', 21, 'tcp'],
  ['ssh', 22, 'tcp'],
  ['telnet', 23, 'tcp'],
  ['smtp', 25, 'tcp'],
  ['time', 37],
  ['whois', 43, 'tcp'],
  ['tacacs', 49],
  ['domain', 53],
  ['bootps', 67, 'udp'],
  ['bootpc', 68, 'udp'],
  ['tftp', 69, 'udp'],
  ['gopher', 70, 'tcp'],
  ['finger', 79, 'tcp'],
  ['http', 80, 'tcp'],
  ['kerberos', 88],
  ['pop3', 110, 'tcp'],
  ['sunrpc', 111],
  ['auth', 113, 'tcp'],
  ['nntp', 119, 'tcp'],
  ['ntp', 123, 'udp'],
  ['epmap', 135, 'tcp'],
  ['netbios-ns', 137, 'udp'],
  ['netbios-dgm', 138, 'udp'],
  ['netbios-ssn', 139, 'tcp'],
  ['imap2', 143, 'tcp'],
  ['snmp', 161],
  ['snmp-trap', 162],
  ['bgp', 179, 'tcp'],
  ['ldap', 389],
  ['https', 443],
  ['microsoft-ds', 445],
  ['isakmp', 500, 'udp'],
  ['syslog', 514, 'udp'],
  ['printer', 515, 'tcp'],
  ['route', 520, 'udp'],
  ['submission', 587, 'tcp'],
  ['ldaps', 636],
  ['domain-s', 853],
  ['rsync', 873, 'tcp'],
  ['imaps', 993, 'tcp'],
  ['pop3s', 995, 'tcp'],
  ['socks', 1080, 'tcp'],
  ['openvpn', 1194],
  ['ms-sql-s', 1433, 'tcp'],
  ['cisco-sccp', 2000, 'tcp'],
  ['nfs', 2049],
  ['mysql', 3306, 'tcp'],
  ['ms-wbt-server', 3389, 'tcp'],
  ['sip', 5060],
  ['postgresql', 5432, 'tcp'],
  ['amqp', 5672],
  ['redis', 6379, 'tcp'],
  ['http-alt', 8080],
  ['zabbix-agent', 10050, 'tcp'],
];

const TCP = 6;
const UDP = 17;

function has(protocol: number | undefined, only: 'tcp' | 'udp' | undefined): boolean {
  if (protocol === undefined) return true;
  return (protocol === TCP && only !== 'udp') || (protocol === UDP && only !== 'tcp');
}

/** getservbyname(3); without a protocol either one will do. */
export function serviceNumber(name: string, protocol: number | undefined): number | undefined {
  return SERVICES.find(([candidate, , only]) => candidate === name && has(protocol, only))?.[1];
}

/** getservbyport(3): the name, or the number when it has none. */
export function serviceName(port: number, protocol: number | undefined): string {
  return SERVICES.find(([, number, only]) => number === port && has(protocol, only))?.[0] ?? String(port);
}

/** The name of an IP protocol, or its number. */
export function protocolName(number: number): string {
  return ipProtocols.get(number) ?? String(number);
}
