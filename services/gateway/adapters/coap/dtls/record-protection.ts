import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import { DomainError } from '../../../../domain/errors.ts'
import { additionalDataOf, formatRecord, recordNumberOf, type DtlsRecord } from './record.ts'
import { createReplayWindow } from './replay-window.ts'
import { DTLS_1_2 } from './wire.ts'

/** One direction's key and the part of the nonce that does not go over the wire (RFC 6655 section 3). */
export type WriteKey = { readonly key: KeyObject; readonly salt: Buffer }

export const TAG_BYTES = 8
const EXPLICIT_NONCE_BYTES = 8
const OVERHEAD_BYTES = EXPLICIT_NONCE_BYTES + TAG_BYTES
const LAST_SEQUENCE = 2 ** 48 - 1

/** AES-128 in CCM mode with a tag of eight bytes, which follows the ciphertext. */
export function sealCcm8(key: KeyObject, nonce: Buffer, additional: Buffer, plaintext: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-ccm', key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(additional, { plaintextLength: plaintext.length })
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** The plaintext; null where the tag does not fit. */
export function openCcm8(key: KeyObject, nonce: Buffer, additional: Buffer, sealed: Buffer): Buffer | null {
  const length = sealed.length - TAG_BYTES
  if (length < 0) return null
  const decipher = createDecipheriv('aes-128-ccm', key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAuthTag(sealed.subarray(length))
  decipher.setAAD(additional, { plaintextLength: length })
  try {
    const plaintext = decipher.update(sealed.subarray(0, length))
    decipher.final()
    return plaintext
  } catch {
    return null
  }
}

/** Makes protected records of one epoch, each with the next number. */
export type Sealer = (type: number, plaintext: Buffer) => Buffer

export function createSealer({ key, salt }: WriteKey, epoch: number): Sealer {
  let sequence = 0
  return (type, plaintext) => {
    if (sequence === LAST_SEQUENCE) throw new DomainError('dtls-exhausted', 'an epoch has no record numbers left')
    const head = { type, version: DTLS_1_2, epoch, sequence }
    sequence += 1
    const explicit = recordNumberOf(head)
    const additional = additionalDataOf(head, plaintext.length)
    const sealed = sealCcm8(key, Buffer.concat([salt, explicit]), additional, plaintext)
    return formatRecord({ ...head, fragment: Buffer.concat([explicit, sealed]) })
  }
}

/** The content of a record that is authentic and new; null of any other. */
export type Opener = (record: DtlsRecord) => Buffer | null

export function createOpener({ key, salt }: WriteKey): Opener {
  const window = createReplayWindow()
  return (record) => {
    const { fragment, sequence } = record
    if (fragment.length < OVERHEAD_BYTES || !window.isOpenTo(sequence)) return null
    const nonce = Buffer.concat([salt, fragment.subarray(0, EXPLICIT_NONCE_BYTES)])
    const additional = additionalDataOf(record, fragment.length - OVERHEAD_BYTES)
    const content = openCcm8(key, nonce, additional, fragment.subarray(EXPLICIT_NONCE_BYTES))
    if (content !== null) window.note(sequence)
    return content
  }
}

/** Makes unprotected records of epoch 0, from a number on. */
export function createPlainWriter(firstSequence: number): Sealer {
  let sequence = firstSequence
  return (type, fragment) => formatRecord({ type, epoch: 0, sequence: sequence++, fragment })
}
