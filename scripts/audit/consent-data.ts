import { z } from 'zod'
import { DomainError } from '../../services/domain/errors.ts'

const LARGEST_UINT32 = 2 ** 32 - 1
const LARGEST_UINT24 = 2 ** 24 - 1
const whole = z.number().int().min(0).max(LARGEST_UINT32)
const energy = z
  .string()
  .regex(/^\d{1,20}$/, { error: 'is not a quantity of energy: give Wh in a string, such as "1200"' })
const amount = z
  .string()
  .regex(/^-?\d{1,19}$/, { error: 'is not an amount: give micro-euro in a string, such as "-42"' })
const hash = z.string().regex(/^0x[0-9a-f]{64}$/, { error: 'is not a hash: give 32 bytes as 0x and lower-case hex' })
const address = z
  .string()
  .regex(/^0x[0-9a-f]{40}$/, { error: 'is not an address: give 20 bytes as 0x and lower-case hex' })
const siblings = z.array(z.string().regex(/^0x[0-9a-f]{96}$/, { error: 'is not a node of 48 bytes' }))

/** A reading as it was committed, with the salt and the proof that tie it to a root. */
export const consentReading = z.object({
  period: whole,
  version: z.number().int().min(0).max(255),
  importStartWh: energy,
  importEndWh: energy,
  exportStartWh: energy,
  exportEndWh: energy,
  quality: z.enum(['metered', 'estimated']),
  salt: hash,
  position: whole,
  siblings,
})

/** What the meter said at the end of a quarter-hour, or the gateway for it, and the signature (EIP-712, 64 or 65 bytes). */
export const consentSignedReading = z.object({
  deliveryPeriod: whole,
  sequence: whole,
  importRegisterWh: energy,
  exportRegisterWh: energy,
  signature: z.string().regex(/^0x([0-9a-f]{128}|[0-9a-f]{130})$/, { error: 'is not a signature of 64 or 65 bytes' }),
  /** Of a meter that cannot sign the gateway does. */
  signedBy: z.enum(['meter', 'gateway']).default('meter'),
})

/** A quarter-hour of a statement; positive lines are paid by the member. */
export const consentPeriod = z.object({
  period: whole,
  boughtWh: energy,
  soldWh: energy,
  readingVersion: z.number().int().min(0).max(255),
  quality: z.enum(['metered', 'estimated', 'none']),
  /** Null where there is no reading. */
  importWh: energy.nullable(),
  exportWh: energy.nullable(),
  energyMicroEuro: amount,
  imbalanceMicroEuro: amount,
  gridTariffMicroEuro: amount,
  leviesMicroEuro: amount,
  platformFeeMicroEuro: amount,
  salt: hash,
})

/** What a settlement run says of a member and day, quarter-hour by quarter-hour. */
export const consentStatement = z.object({
  day: whole,
  /** 0 initial, 1 corrected, 2 final. */
  run: z.number().int().min(0).max(2),
  /** What it says that its quarter-hours come to; that sum where it is left out. */
  chargesMicroEuro: amount.optional(),
  creditsMicroEuro: amount.optional(),
  previousMicroEuro: amount,
  salt: hash,
  position: whole,
  siblings,
  /** Every quarter-hour of the statement, ascending. */
  periods: z.array(consentPeriod).max(96),
})

/** How a key of the day follows from the registered one (see services/chain/daily-keys.ts); null for one that is the same. */
const keyDerivation = z
  .object({
    publicKey: z.string().regex(/^0x0[23][0-9a-f]{64}$/, { error: 'is not a compressed public key' }),
    tweak: hash,
  })
  .nullable()

/** Under which number and keys the member traded on a sealed day, with the proof that its page is committed to it. */
export const consentTraderLink = z.object({
  day: whole,
  page: whole,
  trader: z.number().int().min(1).max(LARGEST_UINT24),
  key: address,
  registeredKey: address,
  derivation: keyDerivation,
  delegatedKey: address,
  registeredDelegate: address,
  delegatedDerivation: keyDerivation,
  salt: hash,
  siblings: z.array(hash).max(32),
})

/** The data of one member who consents to its audit: what nobody but the member and its operators holds. */
export const consentData = z
  .object({
    format: z.literal('commonwatt-evidence-1'),
    chainId: z.number().int(),
    /** Address of the settlement contract, which tells the deployment. */
    settlement: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
    area: whole,
    memberId: z.number().int().min(1).max(LARGEST_UINT24),
    readings: z.array(consentReading),
    /** By quarter-hour; left out where the member does not show them. */
    signedReadings: z.array(consentSignedReading).optional(),
    statements: z.array(consentStatement),
    /** Of sealed days, on which nobody else can tell the member's fills. */
    traderLinks: z.array(consentTraderLink).optional(),
  })
  .meta({ id: 'Evidence' })

export type ConsentReading = z.infer<typeof consentReading>
export type ConsentSignedReading = z.infer<typeof consentSignedReading>
export type ConsentPeriod = z.infer<typeof consentPeriod>
export type ConsentStatement = z.infer<typeof consentStatement>
export type ConsentTraderLink = z.infer<typeof consentTraderLink>
export type ConsentData = z.infer<typeof consentData>

/** Reads one member's data, or a list of several members'. Throws `consent-data-invalid`, naming what is wrong where. */
export function parseConsentData(text: string, file: string): ConsentData[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw invalid(file, (error as Error).message)
  }
  const parsed = z.union([z.array(consentData), consentData]).safeParse(value)
  if (parsed.success) return Array.isArray(parsed.data) ? parsed.data : [parsed.data]
  const single = (Array.isArray(value) ? z.array(consentData) : consentData).safeParse(value)
  const issue = single.error?.issues[0]
  throw invalid(file, `${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not data of members'}`.trim())
}

function invalid(file: string, message: string): DomainError {
  return new DomainError('consent-data-invalid', `${file}: ${message}`)
}
