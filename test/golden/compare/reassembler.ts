interface PartialDatagram {
  pieces: Map<number, Uint8Array>;
  /** Length of the whole payload, known once the last fragment was seen. */
  length: number | undefined;
}

/** Puts IPv4 fragments together (RFC 791), so that the checksum over the whole datagram can be verified. */
export class Reassembler {
  private readonly datagrams = new Map<string, PartialDatagram | 'cut'>();

  /**
   * Takes one fragment.
   * @param key what makes fragments belong together: source, destination, protocol, identification
   * @param complete false when the snap length cut bytes off: then the datagram can never be whole
   * @returns the payload of the datagram once all of it is there, else undefined
   */
  add(
    key: string,
    offset: number,
    more: boolean,
    payload: Uint8Array,
    complete: boolean,
  ): Uint8Array | undefined {
    let datagram = this.datagrams.get(key);
    if (datagram === undefined) {
      datagram = { pieces: new Map(), length: undefined };
      this.datagrams.set(key, datagram);
    }
    if (!complete) this.datagrams.set(key, 'cut');
    if (!complete || datagram === 'cut') return undefined;
    datagram.pieces.set(offset, payload);
    if (!more) datagram.length = offset + payload.length;
    const whole = datagram.length === undefined ? undefined : join(datagram.pieces, datagram.length);
    if (whole !== undefined) this.datagrams.delete(key);
    return whole;
  }
}

/** The pieces end to end; undefined when there is a gap, or an overlap that does not meet the end exactly. */
function join(pieces: ReadonlyMap<number, Uint8Array>, length: number): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  let end = 0;
  while (end !== length || end === 0) {
    const piece = pieces.get(end);
    if (piece === undefined || piece.length === 0) return undefined;
    parts.push(piece);
    end += piece.length;
  }
  return Buffer.concat(parts);
}
