/**
 * A reader of the log that knows nothing but FORMAT.md: it imports nothing of the code, and gives up at anything that is
 * not as that page says. So a page that leaves something out, or code that does otherwise, shows.
 */

import { crc32 } from 'node:zlib'

export interface FormatHeader {
  readonly format: number
  readonly number: number
  readonly base: number
  readonly kind: number
  readonly salt: number
  readonly cluster: string
  readonly node: string
  readonly bytes: number
}

export interface FormatRecord {
  readonly position: number
  readonly unsynced: number
  readonly record: object
}

export interface FormatFile {
  readonly header: FormatHeader
  readonly records: readonly FormatRecord[]
  /** Position behind the last record. */
  readonly end: number
}

export function readFormat(file: Uint8Array): FormatFile {
  const bytes = Buffer.from(file)
  const header = readHeader(bytes)
  const records: FormatRecord[] = []
  let at = header.bytes
  let position = header.base
  while (at < bytes.length) {
    const length = bytes.readUInt32LE(at + 4)
    const end = at + 20 + length
    must(length >= 1 && length <= 64 * 1024 * 1024 && end <= bytes.length, 'length')
    must(bytes.readUInt32LE(at) === crc32(bytes.subarray(at + 4, end), header.salt), 'CRC of a record')
    must(Number(bytes.readBigUInt64LE(at + 8)) === position, 'position')
    const record = new Body(bytes, at + 20, end).record()
    records.push({ position, unsynced: bytes.readUInt32LE(at + 16), record })
    position += end - at
    at = end
  }
  return { header, records, end: position }
}

function readHeader(bytes: Buffer): FormatHeader {
  must(bytes.toString('latin1', 0, 8) === 'hearsay\n', 'magic')
  const length = bytes.readUInt16LE(10)
  must(bytes.readUInt32LE(length - 4) === crc32(bytes.subarray(0, length - 4)), 'CRC of the header')
  const nodeAt = 30 + (bytes[29] ?? 0)
  const end = nodeAt + 1 + (bytes[nodeAt] ?? 0)
  must(end === length - 4, 'header length')
  return {
    format: bytes.readUInt16LE(8),
    number: bytes.readUInt32LE(12),
    base: Number(bytes.readBigUInt64LE(16)),
    kind: bytes.readUInt8(24),
    salt: bytes.readUInt32LE(25),
    cluster: bytes.toString('utf8', 30, nodeAt),
    node: bytes.toString('utf8', nodeAt + 1, end),
    bytes: length,
  }
}

class Body {
  readonly #bytes: Buffer
  readonly #end: number
  #at: number
  #table: readonly string[] = []

  constructor(bytes: Buffer, at: number, end: number) {
    this.#bytes = bytes
    this.#at = at
    this.#end = end
  }

  record(): object {
    const type = this.#byte()
    this.#table = this.#list(() => this.#text())
    must(new Set(this.#table).size === this.#table.length, 'an origin twice')
    const record = this.#fields(type)
    must(this.#at === this.#end, `the end of a record of type ${type}`)
    return record
  }

  #fields(type: number): object {
    switch (type) {
      case 1:
        return { kind: 'origin', origin: this.#only() }
      case 2:
        return { kind: 'write', origin: this.#only(), upTo: this.#time(), entries: this.#entries() }
      case 3:
        return { kind: 'stage', exchange: this.#time(), entries: this.#entries() }
      case 4:
        return { kind: 'commit', exchange: this.#time(), entries: this.#entries(), ...this.#state() }
      case 5:
        return { kind: 'vector', seen: this.#vector() }
      case 6:
        return { kind: 'member', origin: this.#only(), address: this.#text() }
      case 7: {
        const [exchange, entries, removed] = [this.#time(), this.#entries(), this.#list(() => this.#text())]
        return { kind: 'mend', exchange, entries, removed, ...this.#state() }
      }
      case 8:
        return { kind: 'floor', floor: this.#time() }
      case 9:
        return { kind: 'gone', marks: this.#table }
      case 10:
        return { kind: 'clock', to: this.#time() }
      case 11:
        return { kind: 'base', records: this.#time() }
      case 12:
        return { kind: 'held', entries: this.#entries() }
      case 13:
        return { kind: 'end', through: this.#time() }
      default:
        throw new Error(`type ${type}`)
    }
  }

  #state(): object {
    return { seen: this.#vector(), written: this.#vector(), floor: this.#time() }
  }

  #entries(): object[] {
    return this.#list(() => {
      const kind = this.#byte()
      const origin = this.#origin()
      const time = this.#time()
      const prior = (kind & 2) === 0 ? 0 : this.#time()
      const expiresAt = (kind & 4) === 0 ? undefined : this.#time()
      const key = this.#text()
      const value = (kind & 1) === 0 ? undefined : Uint8Array.from(this.#take(this.#varint()))
      return { kind: value === undefined ? 'tombstone' : 'live', key, time, origin, value, prior, expiresAt }
    })
  }

  #vector(): [string, number][] {
    return this.#list(() => [this.#origin(), this.#time()])
  }

  #only(): string {
    must(this.#table.length === 1, 'a table of one')
    return this.#table[0] ?? ''
  }

  #origin(): string {
    return this.#table[this.#varint()] ?? must(false, 'an index into the table')
  }

  #list<T>(item: () => T): T[] {
    return Array.from({ length: this.#varint() }, item)
  }

  #text(): string {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.#take(this.#varint()))
  }

  #time(): number {
    return this.#take(7).reduce((sum, byte, i) => sum + byte * 256 ** i, 0)
  }

  #varint(): number {
    let value = 0
    for (let i = 0; i < 5; i++) {
      const byte = this.#byte()
      value += (byte & 127) * 128 ** i
      if (byte < 128) return value
    }
    return must(false, 'a varint')
  }

  #byte(): number {
    return this.#take(1)[0] ?? 0
  }

  #take(count: number): Buffer {
    must(this.#at + count <= this.#end, 'more bytes')
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }
}

function must(is: false, what: string): never
function must(is: boolean, what: string): void
function must(is: boolean, what: string): void {
  if (!is) throw new Error(`not as FORMAT.md says: ${what}`)
}
