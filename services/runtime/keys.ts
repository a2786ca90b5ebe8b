import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'

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

/** The private keys of the simulated households: of their agents, their meters and their people. */
export async function readHouseholdKeys(dataFolder: string): Promise<HouseholdKeys[]> {
  const file = path.join(dataFolder, 'keys', 'households.json')
  const text = await readFile(file, 'utf8').catch(() => {
    throw new DomainError('key-missing', `there are no household keys: ${file} cannot be read`)
  })
  return households.parse(JSON.parse(text))
}
