import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { hexToBytes } from '@noble/hashes/utils.js'
import { z } from 'zod'
import { hashOfCode } from '../../services/api/access/secrets.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { formatCode, parseCode } from '../../services/domain/joining/code.ts'
import type { Store } from '../../services/store/connect.ts'
import { writeConnectionPoints, writeStockedMeters } from '../../services/store/joining-registers.ts'
import type { KeySource } from './keys.ts'

/** A place for a home that may join: a connection point that nobody uses, and a meter that nobody has. */
export type SparePlan = { readonly connectionCapacityW: number; readonly pvCapacityW: number }

const code = z.string().refine((text) => parseCode(text) !== null)
const spares = z.array(
  z.object({
    meterKey: z.string().regex(/^0x[0-9a-f]{64}$/),
    serialNumber: z.string(),
    /** As it is printed on the meter. */
    claimCode: code,
    connectionPoint: z.string(),
    /** As it is in the DSO's letter. */
    confirmationCode: code,
  }),
)

/** What whoever moves in has in its hands, and the meter's key, which never leaves the meter. */
export type Spare = z.infer<typeof spares>[number]

const CODE_BYTES = 16
const CERTIFICATE = 'simulated'

/**
 * Makes the spares, puts them into the registers of the DSO and the metering operator, with hashes of the codes alone, and
 * what belongs to the homes into a file of the data folder.
 */
export async function writeSpares(
  {
    store,
    dataFolder,
    keySource,
  }: { readonly store: Store; readonly dataFolder: string; readonly keySource: KeySource },
  of: { readonly area: number; readonly plans: readonly SparePlan[]; readonly firstNumber: number },
): Promise<void> {
  const { area, plans, firstNumber } = of
  const codeOf = (purpose: string) => formatCode(hexToBytes(keySource(purpose).slice(2)).subarray(0, CODE_BYTES))
  const made = plans.map((_, position): Spare => {
    const number = firstNumber + position
    return {
      meterKey: keySource(`spare meter:${number}`),
      serialNumber: `meter-${String(number).padStart(6, '0')}`,
      claimCode: codeOf(`claim code:${number}`),
      connectionPoint: `connection-${number}`,
      confirmationCode: codeOf(`confirmation code:${number}`),
    }
  })
  await writeFile(fileOf(dataFolder), `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 })
  await writeConnectionPoints(
    store,
    made.map(({ connectionPoint, confirmationCode }, position) => ({
      identifier: connectionPoint,
      area,
      feeder: `feeder-${area}`,
      capacityW: plans[position]!.connectionCapacityW,
      pvCapacityW: plans[position]!.pvCapacityW,
      codeHash: hashOfCode(confirmationCode)!,
    })),
  )
  await writeStockedMeters(
    store,
    made.map(({ meterKey, serialNumber, claimCode }) => ({
      address: addressOfKey(meterKey),
      area,
      codeHash: hashOfCode(claimCode)!,
      serialNumber,
      certificate: CERTIFICATE,
    })),
  )
}

/** None where the set-up made none. */
export async function readSpares(dataFolder: string): Promise<Spare[]> {
  const text = await readFile(fileOf(dataFolder), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '[]'
    throw error
  })
  return spares.parse(JSON.parse(text))
}

function fileOf(dataFolder: string): string {
  return path.join(dataFolder, 'keys', 'spares.json')
}
