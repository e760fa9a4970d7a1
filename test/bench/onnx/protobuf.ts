/**
 * As much of the protobuf wire format as a writer needs: https://protobuf.dev/programming-guides/encoding
 *
 * A message is a list of pieces that are joined once, so a tensor of hundreds of megabytes is copied a single time.
 */
export class Message {
  readonly #pieces: Uint8Array[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  /** A non-negative integer below 2^53; int32, int64, uint64, bool and enum fields look alike. */
  integer(field: number, value: number): this {
    return this.#tag(field, 0).#varint(value)
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    return this.#tag(field, 5).#append(bytes)
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value))
  }

  /** The bytes are not copied before `finish`. */
  bytes(field: number, value: Uint8Array): this {
    return this.#tag(field, 2).#varint(value.byteLength).#append(value)
  }

  message(field: number, value: Message): this {
    this.#tag(field, 2).#varint(value.length)
    for (const piece of value.#pieces) this.#append(piece)
    return this
  }

  finish(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#length)
    let at = 0
    for (const piece of this.#pieces) {
      whole.set(piece, at)
      at += piece.byteLength
    }
    return whole
  }

  #tag(field: number, wireType: number): this {
    return this.#varint(field * 8 + wireType)
  }

  #varint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} cannot be written as a varint: expected 0 to 2^53 - 1`)
    const bytes: number[] = []
    // Bit operators would cut the value to 32 bits.
    for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128)
    bytes.push(value)
    return this.#append(Uint8Array.from(bytes))
  }

  #append(piece: Uint8Array): this {
    this.#pieces.push(piece)
    this.#length += piece.byteLength
    return this
  }
}
