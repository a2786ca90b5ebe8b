import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'

export type Role =
  | 'administrator'
  | 'regulator'
  | 'community-manager'
  | 'market-operator'
  | 'metering-operator'
  | 'gateway'
  | 'supplier'
  | 'dso'
  | 'settlement-bank'
  | 'tax-authority'
  | 'platform-operator'
  /** Signs the receipts of orders, and nothing else. */
  | 'receipts'
  /** Pays for what passkey accounts do, and does nothing else. */
  | 'relay'
  /** Members of the council, and who pauses trading and cancels what the council has scheduled. */
  | 'council-1'
  | 'council-2'
  | 'council-3'
  | 'guardian'

const privateKey = z.string().regex(/^0x[0-9a-f]{64}$/)
const households = z.array(
  z.object({
    memberId: z.number().int().positive(),
    name: z.string(),
    tradingKey: privateKey,
    meterKey: privateKey,
    /** With which its person signs in; a folder that was set up before has none. */
    accountKey: privateKey.optional(),
  }),
)

export type HouseholdKeys = z.infer<typeof households>[number]

/** The private key of a role, 0x-hex. Throws `key-missing` or `key-invalid`, never repeating the key. */
export async function readKey(dataFolder: string, role: Role): Promise<string> {
  const file = path.join(dataFolder, 'keys', `${role}.key`)
  const text = await readFile(file, 'utf8').catch(() => {
    throw new DomainError('key-missing', `there is no key for ${role}: ${file} cannot be read`)
  })
  const parsed = privateKey.safeParse(text.trim())
  if (!parsed.success)
    throw new DomainError('key-invalid', `${file} does not hold a private key (0x and 64 hex digits)`)
  return parsed.data
}

/** The private keys of the simulated households: of their agents, their meters and their people. */
export async function readHouseholdKeys(dataFolder: string): Promise<HouseholdKeys[]> {
  const file = path.join(dataFolder, 'keys', 'households.json')
  const text = await readFile(file, 'utf8').catch(() => {
    throw new DomainError('key-missing', `there are no household keys: ${file} cannot be read`)
  })
  return households.parse(JSON.parse(text))
}
