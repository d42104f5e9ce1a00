/** The error numbers that the simulated kernel's control surface answers with (errno(3) names). */
export type Errno =
  | 'EPERM'
  | 'ENOENT'
  | 'ESRCH'
  | 'EACCES'
  | 'EEXIST'
  | 'EBUSY'
  | 'ENODEV'
  | 'EINVAL'
  | 'ERANGE'
  | 'ELOOP'
  | 'EOPNOTSUPP'
  | 'EADDRINUSE'
  | 'EADDRNOTAVAIL'
  | 'ENETDOWN'
  | 'ENETUNREACH'
  | 'EHOSTUNREACH'
  | 'ECONNREFUSED'
  | 'EMSGSIZE'
  | 'ENOBUFS'
  | 'ETIMEDOUT'
  | 'EPROTO'
  | 'ECONNRESET'
  | 'EPIPE'
  | 'ENOPROTOOPT'
  | 'ENAMETOOLONG'
  | 'ENOMEM'
  | 'E2BIG'
  | 'ENOSPC'
  | 'EMLINK'
  | 'ENOTEMPTY';

const texts: Record<Errno, string> = {
  EPIPE: 'Broken pipe',
  ENOPROTOOPT: 'Protocol not available',
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  ESRCH: 'No such process',
  EACCES: 'Permission denied',
  EEXIST: 'File exists',
  EBUSY: 'Device or resource busy',
  ENODEV: 'No such device',
  EINVAL: 'Invalid argument',
  ERANGE: 'Numerical result out of range',
  ELOOP: 'Too many levels of symbolic links',
  EOPNOTSUPP: 'Operation not supported',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  ENETDOWN: 'Network is down',
  ENETUNREACH: 'Network is unreachable',
  EHOSTUNREACH: 'No route to host',
  ECONNREFUSED: 'Connection refused',
  EMSGSIZE: 'Message too long',
  ENOBUFS: 'No buffer space available',
  ETIMEDOUT: 'Connection timed out',
  EPROTO: 'Protocol error',
  ECONNRESET: 'Connection reset by peer',
  ENAMETOOLONG: 'File name too long',
  ENOMEM: 'Cannot allocate memory',
  E2BIG: 'Argument list too long',
  ENOSPC: 'No space left on device',
  EMLINK: 'Too many links',
  ENOTEMPTY: 'Directory not empty',
};

/** What strerror(3) of glibc says. */
export function errnoText(errno: Errno): string {
  return texts[errno];
}

/**
 * A request that the simulated kernel refuses. `extack` is the extended acknowledgement that newer kernel
 * code attaches ("Nexthop has invalid gateway"); iproute2 prints it as `Error: <extack>.`, and without one
 * `RTNETLINK answers: <text of errno>`.
 */
export class ControlError extends Error {
  constructor(
    readonly errno: Errno,
    readonly extack?: string,
  ) {
    super(extack ?? errnoText(errno));
    this.name = 'ControlError';
  }
}
