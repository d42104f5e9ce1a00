/** Why bytes are not the header that they were taken for. */
export type ParseErrorReason =
  /** The bytes end before the header does. */
  | 'truncated'
  /** A version, an address family or a hardware type that this parser is not for. */
  | 'unsupported'
  /** A header length below the least or beyond the packet. */
  | 'bad_header_length'
  /** A packet length that is less than the header or more than there is. */
  | 'bad_length'
  /** An option whose length does not fit. */
  | 'bad_option';

/**
 * What a parser answers when the bytes are no such header. It is returned, not thrown: malformed packets are
 * everyday input to a receiver. Parsers hand out constants, so that rejecting a packet allocates nothing.
 */
export class ParseError {
  readonly reason: ParseErrorReason;
  /** For people, as in `IPv4 header length below 20 bytes`. */
  readonly message: string;

  constructor(reason: ParseErrorReason, message: string) {
    this.reason = reason;
    this.message = message;
    Object.freeze(this);
  }
}

/** Tells a failed parse from a parsed header. */
export function isParseError<T>(result: T | ParseError): result is ParseError {
  return result instanceof ParseError;
}
