import {
  CIPHER_SUITE,
  EXTENSION,
  isRenegotiationSafe,
  offersExtendedMasterSecret,
  type ClientHello,
} from './client-hello.ts'
import { DTLS_1_0, DTLS_1_2, uintBytes, vectorBytes } from './wire.ts'

/** The body of a HelloVerifyRequest (RFC 6347 section 4.2.1). */
export function helloVerifyRequestBody(cookie: Buffer): Buffer {
  return Buffer.concat([uintBytes(DTLS_1_0, 2), vectorBytes(cookie, 1)])
}

/** The body of a ServerHello: without a session to resume, and with the extensions that the client knows. */
export function serverHelloBody(hello: ClientHello, random: Buffer): Buffer {
  const extensions = Buffer.concat([
    ...(isRenegotiationSafe(hello) ? [extension(EXTENSION.renegotiationInfo, Buffer.from([0]))] : []),
    ...(offersExtendedMasterSecret(hello) ? [extension(EXTENSION.extendedMasterSecret, Buffer.alloc(0))] : []),
  ])
  return Buffer.concat([
    uintBytes(DTLS_1_2, 2),
    random,
    vectorBytes(Buffer.alloc(0), 1),
    uintBytes(CIPHER_SUITE, 2),
    Buffer.from([0]),
    ...(extensions.length > 0 ? [vectorBytes(extensions, 2)] : []),
  ])
}

function extension(number: number, content: Buffer): Buffer {
  return Buffer.concat([uintBytes(number, 2), vectorBytes(content, 2)])
}
