import { expect } from 'vitest'
import { startSpareMeters } from '../../scripts/simulation/spare-meters.ts'
import { readSpares, type Spare } from '../../scripts/setup/spares.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { readMembers } from '../../services/chain/members.ts'
import { readCreditLine } from '../../services/chain/registrations.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { readTradingKeys } from '../../services/chain/trading-days.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { startOf, tradingDayOf } from '../../services/domain/units.ts'
import { readKey } from '../../services/chain/role-keys.ts'
import { readHouseholdKeys, type HouseholdKeys } from '../../services/runtime/keys.ts'
import { signIn, type Browser } from './api-signed-in.ts'
import { newPerson, WISHES, type Person } from './joining-person.ts'
import { FIRST_PERIOD, launchForTest, until } from './running-platform.ts'

export const AREA = 1
export const CREDIT_LINE = 500_000_000n
/** Until when everybody lets the agent trade. */
export const UNTIL = startOf(FIRST_PERIOD) + 30 * 86_400

const SPARE = { connectionCapacityW: 17_250, pvCapacityW: 4_000 }

type Invitation = { readonly invitationId: string; readonly code: string }
export type Joiner = { readonly person: Person; readonly account: string }

/** A neighbourhood with all its processes, where homes can join. */
export type JoiningWorld = {
  readonly platform: Awaited<ReturnType<typeof launchForTest>>
  readonly homes: readonly HouseholdKeys[]
  readonly manager: Browser
  /** Places for homes; the meter of the last one is silent. */
  readonly spares: readonly Spare[]
  /** Of every invitation that was made. */
  readonly codes: readonly string[]
  readonly invite: (name: string) => Promise<Invitation>
  /** Somebody who joins with an invitation of this name. */
  readonly newJoiner: (name: string) => Promise<Joiner>
  readonly stop: () => Promise<void>
}

export async function startJoiningWorld(names: readonly string[], places: number): Promise<JoiningWorld> {
  const platform = await launchForTest(names, {}, { spares: Array.from({ length: places }, () => SPARE) })
  const spares = await readSpares(platform.dataFolder)
  const manager = await signIn({ address: platform.apiUrl }, await readKey(platform.dataFolder, 'community-manager'))
  const stopMeters = await startSpareMeters({
    platform,
    spares: spares.slice(0, -1),
    onRegistered: async () => undefined,
    onFailure: (error) => platform.notices.push(String(error)),
  })
  const codes: string[] = []
  const invite = async (name: string) => {
    const wish = { name, membership: 'prosumer', creditLineMicroEuro: CREDIT_LINE.toString() }
    const response = await manager.send('POST', '/api/invitations', wish)
    if (response.status !== 201) throw new Error(await response.text())
    const made = (await response.json()) as Invitation
    codes.push(made.code)
    return made
  }
  return {
    platform,
    homes: await readHouseholdKeys(platform.dataFolder),
    manager,
    spares,
    codes,
    invite,
    async newJoiner(name) {
      const [person, { code }] = [await newPerson(platform.apiUrl), await invite(name)]
      const { account } = await person.asks('POST', '/joining', { code })
      return { person, account }
    },
    async stop() {
      await stopMeters()
      await platform.stop()
    },
  }
}

/** Gives the home another trading key, of which the ledger alone knows; the key. */
export async function replaceTradingKeyOf(
  { platform: { ledger } }: JoiningWorld,
  { memberId, accountKey }: HouseholdKeys,
): Promise<string> {
  const key = `0x${'7a'.repeat(32)}`
  const { interface: registry } = ledger.contracts.memberRegistry
  const data = registry.encodeFunctionData('replaceTradingKey', [memberId, addressOfKey(key)])
  await sendSetUpCalls(ledger.provider, accountKey!, [{ to: ledger.addresses.memberRegistry, data }])
  return key
}

export function connectionPointOf({ connectionPoint: identifier, confirmationCode }: Spare) {
  return { identifier, confirmationCode }
}

/** Answers in the meter's place that it is the account's, once it is asked; resolves to the signature, which is none. */
export async function forgeClaimAnswer({ platform }: JoiningWorld, meter: string): Promise<string> {
  const { broker, store } = platform
  const { client } = store
  await until(async () => (await client.meterClaim.count({ where: { meter } })) === 1, 'the claim')
  const { nonce } = await client.meterClaim.findFirstOrThrow({ where: { meter } })
  const signature = `0x${'11'.repeat(64)}`
  const answer = JSON.stringify({ nonce, signature })
  await broker.publishAsync(`commonwatt/v1/meters/${meter}/claim-answers`, answer, { qos: 1 })
  await until(
    async () => (await client.refusedMessage.count({ where: { code: 'claim-signature-invalid' } })) > 0,
    'the refusal of the answer',
  )
  return signature
}

/** Says all that is asked for, at this place. */
export async function chooseEverything(
  { platform }: JoiningWorld,
  { person, account }: Joiner,
  spare: Spare,
): Promise<void> {
  await person.asks('PUT', '/joining/connection-point', connectionPointOf(spare))
  await person.asks('PUT', '/joining/meter', { claimCode: spare.claimCode })
  await person.asks('PUT', '/joining/wishes', { ...WISHES, until: UNTIL }, 200)
  expect((await person.putTradingKey(platform.ledger, account)).status).toBe(200)
}

export function untilState({ person }: Pick<Joiner, 'person'>, state: string): Promise<void> {
  return until(async () => (await person.asks('GET', '/joining')).state === state, `a joining that is ${state}`)
}

/** Waits, a second of the ledger's time after the other, until today's keys name the agent's. */
export async function untilMayTrade({ platform: { ledger, store } }: JoiningWorld, agentKey: string) {
  const day = tradingDayOf(FIRST_PERIOD)
  const linkOf = () => store.client.traderLink.findFirst({ where: { day, registeredDelegate: agentKey } })
  await until(async () => {
    const [keys, link] = [await readTradingKeys(ledger, AREA, day), await linkOf()]
    if (keys.some(({ key }) => key === link?.delegatedKey)) return true
    await advanceTo(ledger, (await ledger.provider.getBlock('latest'))!.timestamp + 1)
    return false
  }, 'the trading keys')
  return (await linkOf())!
}

/** Kills the registrar twice while it works for the account: early on, and while the ledger is registering the member. */
export async function killRegistrarOnItsWay({ platform }: JoiningWorld, account: string): Promise<void> {
  const { store, supervisor } = platform
  const isFurther = [
    async () => (await store.client.issuedCredential.count({ where: { account } })) >= 1,
    async () => (await store.client.registrarTransaction.count({ where: { purpose: { contains: account } } })) >= 1,
  ]
  for (const [position, condition] of isFurther.entries()) {
    await until(condition, `step ${position} of the joining`)
    const pid = supervisor.pidOf('registrar')!
    process.kill(pid, 'SIGKILL')
    await until(() => supervisor.pidOf('registrar') !== pid, 'the next registrar')
  }
}

/** Whatever was killed or refused: one member, each credential once, no transaction twice. */
export async function expectRegisteredOnce({ platform }: JoiningWorld, account: string): Promise<void> {
  const { ledger, store } = platform
  const members = (await readMembers(ledger, AREA)).filter((member) => member.account === account)
  expect(members).toHaveLength(1)
  const { memberId } = members[0]!
  expect(await store.client.household.findUniqueOrThrow({ where: { memberId } })).toMatchObject({ account })
  expect(await readCreditLine(ledger, memberId)).toBe(CREDIT_LINE)
  const { contracts, addresses } = ledger
  const issued = contracts.credentialRegistry.interface.getEvent('CredentialIssued')!.topicHash
  const subject = `0x${account.slice(2).padStart(64, '0')}`
  const logs = await ledger.provider.getLogs({
    address: addresses.credentialRegistry,
    topics: [issued, null, null, subject],
    fromBlock: 0,
  })
  expect(logs).toHaveLength(2)
  const transactions = await store.client.registrarTransaction.findMany()
  expect(transactions.every(({ status }) => status === 'mined')).toBe(true)
  // However often one of them is tried again.
  const delegations = transactions.filter(({ purpose }) => purpose.startsWith('delegate-readings:'))
  const begun = await store.client.registration.count({ where: { registeringAt: { not: null } } })
  expect(delegations).toHaveLength(begun)
}

/** How many rows tell of the account, table by table. */
export function countRowsOf({ platform }: JoiningWorld, account: string): Promise<number[]> {
  const { client } = platform.store
  const where = { account }
  return Promise.all([
    client.household.count({ where }),
    client.joining.count({ where }),
    client.invitation.count({ where }),
    client.meterClaim.count({ where }),
    client.registration.count({ where }),
    client.issuedCredential.count({ where }),
    client.agentKey.count({ where }),
    client.passkey.count({ where }),
  ])
}
