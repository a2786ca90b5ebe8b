import { CONTENT_FORMAT } from './content/content-format.ts'
import type { Lwm2mVersion } from './registration-request.ts'

const { senmlCbor, lwm2mCbor, senmlJson, tlv, json, oldTlv } = CONTENT_FORMAT

/** Those that tell the most in the fewest bytes first: SenML alone says times and units beside the values. */
const CHOICES: Readonly<Record<Lwm2mVersion, readonly number[]>> = {
  '1.0': [tlv, json, oldTlv],
  '1.1': [senmlCbor, senmlJson, tlv, json],
  '1.2': [senmlCbor, lwm2mCbor, senmlJson, tlv],
}
const ANY = [senmlCbor, lwm2mCbor, senmlJson, tlv, json, oldTlv]

/** Which content formats to try with a device, in order: those that it told before those that its version knows. */
export function contentChoicesOf(version: Lwm2mVersion, told: readonly number[]): readonly number[] {
  return [...new Set([...ANY.filter((format) => told.includes(format)), ...CHOICES[version]])]
}
