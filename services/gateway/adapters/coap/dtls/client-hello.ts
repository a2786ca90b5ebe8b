import { ALERT, readerOf, type WireReader } from './wire.ts'

/** TLS_PSK_WITH_AES_128_CCM_8 (RFC 6655), which every LwM2M device speaks: the only one spoken here. */
export const CIPHER_SUITE = 0xc0a8
/** Says what an empty renegotiation_info would (RFC 5746 section 3.3). */
const EMPTY_RENEGOTIATION_INFO_SCSV = 0x00ff
export const EXTENSION = { extendedMasterSecret: 0x0017, renegotiationInfo: 0xff01 } as const

export type ClientHello = {
  readonly version: number
  readonly random: Buffer
  readonly sessionId: Buffer
  readonly cookie: Buffer
  readonly cipherSuites: readonly number[]
  readonly compressionMethods: Buffer
  readonly extensions: ReadonlyMap<number, Buffer>
}

/** Reads the body of a ClientHello (RFC 6347 section 4.2.1); throws `dtls-malformed`. */
export function parseClientHello(body: Buffer): ClientHello {
  const reader = readerOf(body)
  return {
    version: reader.uint(2),
    random: reader.bytes(32),
    sessionId: reader.vector(1),
    cookie: reader.vector(1),
    cipherSuites: cipherSuitesOf(readerOf(reader.vector(2))),
    compressionMethods: reader.vector(1),
    extensions: reader.isAtEnd() ? new Map() : extensionsOf(readerOf(reader.vector(2))),
  }
}

function cipherSuitesOf(reader: WireReader): number[] {
  const suites: number[] = []
  while (!reader.isAtEnd()) suites.push(reader.uint(2))
  return suites
}

function extensionsOf(reader: WireReader): Map<number, Buffer> {
  const extensions = new Map<number, Buffer>()
  while (!reader.isAtEnd()) extensions.set(reader.uint(2), reader.vector(2))
  return extensions
}

/** The alert with which a hello is refused; null where it is welcome. */
export function refusalOf(hello: ClientHello): number | null {
  const { version, compressionMethods, cipherSuites, extensions } = hello
  // Versions count downwards: DTLS 1.3 says 1.2 here and the rest in an extension.
  if (version >> 8 !== 0xfe || (version & 255) > 0xfd) return ALERT.protocolVersion
  if (!compressionMethods.includes(0)) return ALERT.illegalParameter
  if ((extensions.get(EXTENSION.extendedMasterSecret)?.length ?? 0) > 0) return ALERT.illegalParameter
  const renegotiation = extensions.get(EXTENSION.renegotiationInfo)
  if (renegotiation !== undefined && !renegotiation.equals(Buffer.from([0]))) return ALERT.handshakeFailure
  return cipherSuites.includes(CIPHER_SUITE) ? null : ALERT.handshakeFailure
}

export function isRenegotiationSafe({ cipherSuites, extensions }: ClientHello): boolean {
  return cipherSuites.includes(EMPTY_RENEGOTIATION_INFO_SCSV) || extensions.has(EXTENSION.renegotiationInfo)
}

export function offersExtendedMasterSecret({ extensions }: ClientHello): boolean {
  return extensions.has(EXTENSION.extendedMasterSecret)
}
