/** Why IPAM does not do what it is asked for: an answer, with the words of the real one. */
export class IpamError {
  readonly message: string;
  /** Given up: by who asked, or as the allocator shuts down. */
  readonly cancelled: boolean;

  constructor(message: string, cancelled = false) {
    this.message = message;
    this.cancelled = cancelled;
  }
}

/** Tells an error from an answer. */
export function isIpamError<T>(result: T | IpamError): result is IpamError {
  return result instanceof IpamError;
}
