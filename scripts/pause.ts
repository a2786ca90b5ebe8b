import { bytesToHex } from '@noble/hashes/utils.js'
import { readLatestBlock } from '../services/chain/ledger-clock.ts'
import { makeCall } from '../services/chain/single-call.ts'
import { hashText } from '../services/chain/typed-data.ts'
import { DomainError } from '../services/domain/errors.ts'
import { readCommandArguments } from './command-arguments.ts'
import { MARKET_FLAGS, MARKET_HELP, withMarket } from './running-ledger.ts'

const HELP = `usage: commonwatt pause <area> --reason <text> [--hours <1 to 72>]
       commonwatt resume <area> --reason <text>

Stops trading in an area (0: in every area) with the guardian's key of the data folder, for 24 hours unless told, and lets it
go on. Sessions whose gates close meanwhile are not traded. Longer pauses are the council's: commonwatt council propose
tradingPause.extendPause <area> <unix seconds> <0x-hash>. The ledger keeps the hash of the reason alone.

${MARKET_HELP}`

const DEFAULT_HOURS = 24
const LONGEST_HOURS = 72
const SECONDS_PER_HOUR = 3_600

/** `commonwatt pause`: stops trading in an area for a while. */
export async function pause(commandArguments: readonly string[]): Promise<number> {
  return run(commandArguments, async ({ ledger, keyOf }, { area, reasonHash, hours }) => {
    const { timestamp } = await readLatestBlock(ledger)
    const until = timestamp + hours * SECONDS_PER_HOUR
    const call = { contract: 'tradingPause', function: 'pause', arguments: [area, until, reasonHash] } as const
    await makeCall(ledger, await keyOf('guardian'), call)
    return `Trading in ${wordsOf(area)} is paused until ${new Date(until * 1_000).toISOString()}.`
  })
}

/** `commonwatt resume`: lets trading go on. */
export async function resume(commandArguments: readonly string[]): Promise<number> {
  return run(commandArguments, async ({ ledger, keyOf }, { area, reasonHash }) => {
    const call = { contract: 'tradingPause', function: 'endPause', arguments: [area, reasonHash] } as const
    await makeCall(ledger, await keyOf('guardian'), call)
    return `Trading in ${wordsOf(area)} goes on.`
  })
}

type Wish = { readonly area: number; readonly reasonHash: string; readonly hours: number }

async function run(
  commandArguments: readonly string[],
  work: (market: Parameters<Parameters<typeof withMarket>[1]>[0], wish: Wish) => Promise<string>,
): Promise<number> {
  if (commandArguments.includes('--help')) {
    console.log(HELP)
    return 0
  }
  const { words, flags } = readCommandArguments(commandArguments, [...MARKET_FLAGS, 'reason', 'hours'])
  const wish = wishOf(words, flags)
  console.log(await withMarket(flags, (market) => work(market, wish)))
  return 0
}

function wishOf(
  words: readonly string[],
  { reason, hours: given }: Readonly<Record<string, string | undefined>>,
): Wish {
  const [area, ...more] = words
  if (area === undefined || !/^\d{1,9}$/.test(area) || more.length > 0) {
    throw new DomainError('settings-invalid', 'name the area by its number, 0 for every area. --help shows how.')
  }
  if (!reason) throw new DomainError('settings-invalid', 'say why, with --reason. --help shows how.')
  const hours = given === undefined ? DEFAULT_HOURS : Number(given)
  if (!Number.isInteger(hours) || hours < 1 || hours > LONGEST_HOURS) {
    throw new DomainError('settings-invalid', `--hours ${given}: give 1 to ${LONGEST_HOURS}`)
  }
  return { area: Number(area), reasonHash: `0x${bytesToHex(hashText(reason))}`, hours }
}

function wordsOf(area: number): string {
  return area === 0 ? 'every area' : `area ${area}`
}
