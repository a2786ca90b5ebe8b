import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'
import { CONSENT_MODES, type FlexConsent } from '../domain/flexibility/conflict/flex-consent.ts'
import { rate } from '../domain/units.ts'

/** A consent as its aggregator holds it, with the salt of its digest. */
export type HeldConsent = FlexConsent & { readonly salt: string }

const consents = z.array(
  z.object({
    memberId: z.number().int().positive(),
    portfolioId: z.number().int().positive(),
    productId: z.number().int().positive(),
    until: z.number().int(),
    mode: z.enum(CONSENT_MODES),
    devices: z.array(z.string()).nullable(),
    ask: z
      .string()
      .regex(/^-?\d{1,12}$/)
      .transform((text) => rate(BigInt(text))),
    salt: z.string().regex(/^0x[0-9a-f]{64}$/),
  }),
)

/** Keeps what members have consented to in the aggregator's part of the data folder, in the place of what was there. */
export async function writeFlexConsents(dataFolder: string, held: readonly HeldConsent[]): Promise<void> {
  const file = fileOf(dataFolder)
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  const written = held.map((consent) => ({ ...consent, ask: String(consent.ask) }))
  await writeFile(file, `${JSON.stringify(written, null, 2)}\n`, { mode: 0o600 })
}

/** None where nobody consented. Throws `flex-consents-invalid`. */
export async function readFlexConsents(dataFolder: string): Promise<HeldConsent[]> {
  const file = fileOf(dataFolder)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '[]'
    throw error
  })
  const parsed = consents.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  throw new DomainError('flex-consents-invalid', `${file} does not hold consents: ${parsed.error.issues[0]?.message}`)
}

/** Takes out what these members have consented to; resolves to whether there was anything. Throws `flex-consents-invalid`. */
export async function eraseFlexConsents(dataFolder: string, memberIds: readonly number[]): Promise<boolean> {
  if (memberIds.length === 0) return false
  const held = await readFlexConsents(dataFolder)
  const kept = held.filter(({ memberId }) => !memberIds.includes(memberId))
  if (kept.length === held.length) return false
  await writeFlexConsents(dataFolder, kept)
  return true
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function fileOf(dataFolder: string): string {
  return path.join(dataFolder, 'aggregator', 'consents.json')
}
