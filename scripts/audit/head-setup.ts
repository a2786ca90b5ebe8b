import { NO_ADDRESS } from './abi.ts'
import type { ContractName } from '../../services/chain/ledger.ts'
import { isCodeOf } from './contract-code.ts'
import type { Deployment } from './deployment.ts'
import { differ, type Place } from './difference.ts'
import { isWithin, type Question, type Scope } from './head-state.ts'
import { bytesOf } from './ledger/hex.ts'
import { readBatch } from './ledger/read-batch.ts'
import type { Nonces } from './ledger/nonces.ts'
import { isBytes } from './ledger/rpc-shape.ts'
import type { Calendar, Tariff } from './replay/areas.ts'
import type { Books } from './replay/books.ts'

/** Contracts whose functions ask the access manager. */
const MANAGED: readonly ContractName[] = [
  'credentialRegistry',
  'accounts',
  'tradingDays',
  'settlement',
  'tradingPause',
  'flexRequests',
  'flexOrders',
  'flexSettlement',
]

/** Which access manager contracts ask, and the calendars and tariffs of areas: what everything else rests on. */
export function setupQuestions(
  books: Books,
  { accessManager }: Readonly<Record<ContractName, string>>,
  scope: Scope,
): Question[] {
  const authorities = MANAGED.map((contract): Question => ({
    contract,
    name: 'authority',
    parameters: [],
    what: `the access manager of ${contract}`,
    place: {},
    expect: (answer, ask) => ask('', answer.text('0'), accessManager),
  }))
  const areas = books.areas.numbers().filter((area) => scope.area === null || scope.area === area)
  const calendars = areas.map((area): Question => {
    const calendar = books.areas.calendarOf(area)
    return {
      contract: 'areaRegistry',
      name: 'calendarOf',
      parameters: [area],
      what: 'the calendar',
      place: { area },
      expect: (answer, ask) => {
        for (const name of Object.keys(calendar) as (keyof Calendar)[]) ask(name, answer.number(name), calendar[name])
      },
    }
  })
  // The first period tells what holds where nothing was published for a period.
  const first = areas.map((area) => ({ area, period: books.areas.calendarOf(area).firstPeriod }))
  const cleared = [...books.sessions.all.values()].flatMap((session) => session.cleared ?? [])
  const periods = [...first, ...cleared.filter(({ area, period }) => isWithin(scope, area, period))]
  const tariffs = periods.map(({ area, period }): Question => {
    const tariff = books.areas.tariffOf(area, period)
    return {
      contract: 'areaRegistry',
      name: 'tariffOf',
      parameters: [area, period],
      what: 'the tariff',
      place: { area, period },
      expect: (answer, ask) => {
        for (const name of Object.keys(tariff) as (keyof Tariff)[]) ask(name, answer.number(name), tariff[name])
      },
    }
  })
  return [...authorities, ...calendars, ...tariffs]
}

const COUNTS_PER_REQUEST = 400

/** Compares how many transactions the node says that senders and members have sent with how many it has shown. */
export async function requireSameCounts(url: string, head: number, nonces: Nonces, books: Books): Promise<void> {
  const shown = new Map(nonces.counts().map((each) => [each.account, each]))
  for (const { memberId, account, tradingKey } of books.members.all.values()) {
    for (const key of [account, books.members.ownerOf(memberId) ?? account, tradingKey]) {
      if (!shown.has(key) && key !== NO_ADDRESS) shown.set(key, { account: key, least: 0, most: 0 })
    }
  }
  const senders = [...shown.values()]
  const tag = `0x${head.toString(16)}`
  for (let start = 0; start < senders.length; start += COUNTS_PER_REQUEST) {
    const some = senders.slice(start, start + COUNTS_PER_REQUEST)
    const requests = some.map(({ account }) => ({ method: 'eth_getTransactionCount', params: [account, tag] }))
    const answers = await readBatch(url, requests)
    for (const [index, { account, least, most }] of some.entries()) {
      const answer = answers[index]
      const count = typeof answer === 'string' && /^0x[0-9a-f]{1,16}$/i.test(answer) ? Number(answer) : null
      if (count === null) differ('malformed', `the node answers with no number of transactions of ${account}`)
      if (count >= least && count <= most) continue
      // A contract that was created counts as well.
      const [code] = least > 0 ? [null] : await readBatch(url, [{ method: 'eth_getCode', params: [account, tag] }])
      if (isBytes(code) && code !== '0x') continue
      differ(
        'nonces',
        `${account} has sent ${count} transactions, and the ledger shows ${least}`,
        memberOf(account, books),
      )
    }
  }
}

function memberOf(key: string, { members }: Books): Place {
  const member = [...members.all.values()].find(
    ({ memberId, account, tradingKey }) => account === key || tradingKey === key || members.ownerOf(memberId) === key,
  )
  return member === undefined ? {} : { member: member.memberId }
}

/** Compares the code that lies at each contract's address after the last block with what was compiled. Returns how many. */
export async function requireSameCode(
  url: string,
  head: number,
  { creations }: Deployment,
  bytecodes: Readonly<Record<string, string>>,
): Promise<number> {
  const tag = `0x${head.toString(16)}`
  const codes = await readBatch(
    url,
    creations.map(({ address }) => ({ method: 'eth_getCode', params: [address, tag] })),
  )
  creations.forEach(({ contract, address, transaction, block }, index) => {
    const place: Place = { block, transaction }
    const code = codes[index]
    if (!isBytes(code)) differ('malformed', `the node answers with no code for ${contract} at ${address}`, place)
    if (isCodeOf(bytesOf(code), bytesOf(bytecodes[contract]!))) return
    differ('contract-code', `the code of ${contract} at ${address} is not what was compiled`, place)
  })
  return creations.length
}
