import { describe, expect, test } from 'vitest'
import type { AbiValue } from '../abi.ts'
import type { Accounts, Payment } from './accounts.ts'
import type { Areas } from './areas.ts'
import { eventForTest } from './event-for-test.ts'
import { createFlexRuns } from './flex-runs.ts'
import type { Runs } from './runs.ts'

const [AREA, DAY, COMMITTED_AT, CHALLENGE_WINDOW] = [1, 10, 1_000_000, 1_000]
const [DSO, HOME] = [2, 3]
const PAYMENTS = packed([DSO, 40n], [HOME, -40n])
const place = { block: 7 }

function packed(...payments: readonly (readonly [member: number, amount: bigint])[]): Uint8Array {
  const bytes = new Uint8Array(payments.length * 11)
  const view = new DataView(bytes.buffer)
  for (const [index, [member, amount]] of payments.entries()) {
    view.setUint16(index * 11 + 1, member)
    view.setBigInt64(index * 11 + 3, amount)
  }
  return bytes
}

function makeRuns(energyPaid = true) {
  const applied: Payment[] = []
  const flexRuns = createFlexRuns({
    areas: { calendarOf: () => ({ challengeWindow: CHALLENGE_WINDOW }) } as unknown as Areas,
    runs: { runOf: () => ({ paid: energyPaid ? {} : null }) } as unknown as Runs,
    accounts: {
      requireBond: () => undefined,
      applyPayments: (_area: number, _day: number, payments: readonly Payment[]) => applied.push(...payments),
    } as unknown as Accounts,
  })
  const see = (name: string, time: number, values: Record<string, AbiValue> = {}) => {
    const contract = name.startsWith('FlexChallenge') ? 'flexChallenges' : 'flexSettlement'
    flexRuns.see(eventForTest(contract, name, { area: AREA, day: DAY, ...values }, { time }))
  }
  const commit = (values: Record<string, AbiValue> = {}) =>
    see('FlexStatementsCommitted', COMMITTED_AT, {
      ...{ root: '0x01', total: 40n, readingsAt: COMMITTED_AT - 60, payments: PAYMENTS },
      ...values,
    })
  const pay = (time = COMMITTED_AT + CHALLENGE_WINDOW, payments = PAYMENTS) =>
    see('FlexRunPaid', time, { paymentCount: payments.length / 11, payments })
  return { flexRuns, applied, see, commit, pay }
}

describe('the settlement of flexibility, replayed,', () => {
  test('is paid once, as it was committed, when its challenge window is over', () => {
    const { applied, commit, pay } = makeRuns()
    commit()
    expect(() => pay(COMMITTED_AT + CHALLENGE_WINDOW - 1)).toThrow('while it could be challenged')
    expect(() => pay(undefined, packed([DSO, 41n], [HOME, -41n]))).toThrow('was committed as 40')
    pay()
    expect(applied).toEqual([
      { memberId: DSO, amount: 40n },
      { memberId: HOME, amount: -40n },
    ])
    expect(pay).toThrow('paid twice')
  })

  test('follows that of the energy, rests on readings of the hour, and sums to zero', () => {
    expect(makeRuns(false).commit).toThrow('before its energy was paid')
    const { commit } = makeRuns()
    expect(() => commit({ readingsAt: COMMITTED_AT - 3_601 })).toThrow('rests on readings')
    expect(() => commit({ payments: packed([DSO, 40n], [HOME, -39n]) })).toThrow('sum to 1 micro-euro')
    expect(() => commit({ total: 41n })).toThrow('what they move')
    commit()
    expect(commit).toThrow('settled twice')
  })

  test('is void by a challenge in its window alone, and then committed anew', () => {
    const { flexRuns, see, commit, pay } = makeRuns()
    commit()
    see('FlexRunVoided', COMMITTED_AT + 1)
    expect(() => flexRuns.endTransaction(place)).toThrow('voided without a challenge')

    const other = makeRuns()
    other.commit()
    expect(() => other.see('FlexChallengeUpheld', COMMITTED_AT + CHALLENGE_WINDOW)).toThrow('after its window')
    other.see('FlexChallengeUpheld', COMMITTED_AT + 1)
    other.see('FlexRunVoided', COMMITTED_AT + 1)
    other.flexRuns.endTransaction(place)
    expect(other.pay).toThrow('was not settled')
    other.commit()
    other.see('FlexChallengeUpheld', COMMITTED_AT + 1)
    expect(() => other.flexRuns.endTransaction(place)).toThrow('and not voided')
    expect(pay).toThrow('was not settled')
  })
})
