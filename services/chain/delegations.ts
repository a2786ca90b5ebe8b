import { AbiCoder, concat, keccak256 } from 'ethers'
import type { ActorKeys } from './deploy.ts'
import type { Ledger } from './ledger.ts'
import { sendSetUpCalls } from './set-up-transactions.ts'
import { addressOfKey } from './typed-data.ts'

/** In the sequence of the contract's numbers. */
export const PURPOSES = ['readings', 'flexibility'] as const
export type Purpose = (typeof PURPOSES)[number]

/** The last instant that the contract can name. */
export const FOR_EVER = 2 ** 40 - 1

/** The metering operator lets the gateway commit readings of these meters, in the place of what it let it do before. */
export async function delegateReadings(
  ledger: Ledger,
  keys: Pick<ActorKeys, 'meteringOperator' | 'gateway'>,
  area: number,
  meters: readonly string[],
): Promise<void> {
  const data = ledger.contracts.delegations.interface.encodeFunctionData('delegate', [
    [
      addressOfKey(keys.meteringOperator),
      addressOfKey(keys.gateway),
      PURPOSES.indexOf('readings'),
      area,
      devicesRootOf(meters),
      meters.length,
      FOR_EVER,
    ],
  ])
  await sendSetUpCalls(ledger.provider, keys.meteringOperator, [{ to: ledger.addresses.delegations, data }])
}

/** The root under which a delegation names its devices, whatever their sequence. */
export function devicesRootOf(devices: readonly string[]): string {
  return levelsOf(devices).at(-1)![0]!
}

/** The siblings by which anyone shows that the devices' root names this one; null where it does not. */
export function proofOfDevice(devices: readonly string[], device: string): string[] | null {
  const levels = levelsOf(devices)
  const place = levels[0]!.indexOf(leafOf(device))
  if (place < 0) return null
  // On each level the place is half of that below; who is alone has no sibling.
  return levels.flatMap((level, height) => level[(place >> height) ^ 1] ?? [])
}

/** From the leaves, in sequence, up to the root: each hash is that of two below, or the same as one that is alone. */
function levelsOf(devices: readonly string[]): string[][] {
  if (devices.length === 0) throw new RangeError('a delegation names at least one device')
  const levels = [devices.map(leafOf).sort()]
  for (let level = levels[0]!; level.length > 1; levels.push(level)) {
    level = Array.from({ length: Math.ceil(level.length / 2) }, (_, index) => {
      const [left, right] = [level[2 * index]!, level[2 * index + 1]]
      return right === undefined ? left : hashOfPair(left, right)
    })
  }
  return levels
}

/** Hashed twice, so that no node of the tree is taken for a leaf. */
function leafOf(device: string): string {
  return keccak256(keccak256(AbiCoder.defaultAbiCoder().encode(['address'], [device])))
}

function hashOfPair(left: string, right: string): string {
  return keccak256(left < right ? concat([left, right]) : concat([right, left]))
}
