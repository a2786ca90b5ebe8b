import { fork, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { keepKey } from '../../services/chain/role-keys.ts'
import { localSigningKey } from '../../services/chain/signing-key.ts'
import { createTransactionSender, type TransactionSender } from '../../services/chain/transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { createMeterImports } from '../../services/registrar/meter-imports.ts'
import { createSalts } from '../../services/runtime/salts.ts'
import { outboxOf } from '../../services/store/outbox.ts'
import { ACTOR_KEYS, AREA } from './api-market.ts'
import { startApiWorld, type ApiWorld } from './api-world.ts'
import { SILENT_LOG } from './ledger-fixture.ts'

export const OPERATOR = addressOfKey(ACTOR_KEYS.meteringOperator)

const HEADER = 'meter,serial_number,certified,certificate,claim_code_hash'

/** The api with a metering operator, and a data folder with what a registrar needs. Uses `port` and the three after it. */
export async function startMeterImportWorld(port: number): Promise<ApiWorld> {
  const rolesOf = (account: string) => (account === OPERATOR ? [{ role: 'metering-operator', area: AREA }] : [])
  const world = await startApiWorld({ port, households: 1, rolesOf })
  const keys = {
    dso: ACTOR_KEYS.dso,
    'metering-operator': ACTOR_KEYS.meteringOperator,
    'community-manager': ACTOR_KEYS.communityManager,
    gateway: ACTOR_KEYS.gateway,
  }
  for (const [role, key] of Object.entries(keys)) await keepKey(world.dataFolder, role as keyof typeof keys, () => key)
  await writeFile(path.join(world.dataFolder, 'keys', 'salt.secret'), `0x${'5a'.repeat(32)}`)
  return world
}

/** The registrar as a process of its own. */
export function startRegistrar({ ledger, postgres, broker, dataFolder }: ApiWorld): ChildProcess {
  const environment = {
    COMMONWATT_LEDGER_URL: ledger.url,
    COMMONWATT_DATABASE_URL: postgres.url,
    COMMONWATT_BROKER_URL: broker.url,
    COMMONWATT_DATA: dataFolder,
    COMMONWATT_POLL_MS: '5',
  }
  return fork('services/registrar/main.ts', {
    env: { ...process.env, ...environment },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

/** By the metering operator's key, with the registrar's outbox. */
export function operatorSender({ ledger, store }: ApiWorld): TransactionSender {
  const outbox = outboxOf(store, 'registrar')
  return createTransactionSender({
    ledger,
    key: localSigningKey(ACTOR_KEYS.meteringOperator),
    outbox,
    pollMs: 5,
    log: SILENT_LOG,
  })
}

/** What the registrar does of files of meters, until nothing is left that goes on. */
export async function recordMeterImports(world: ApiWorld): Promise<void> {
  const { advance } = createMeterImports({
    store: world.store,
    ledger: world.ledger,
    sender: operatorSender(world),
    saltOf: await createSalts(world.dataFolder),
    now: () => 1,
    log: SILENT_LOG,
  })
  while (await advance());
}

export function meterAddressOf(name: string): string {
  return `0x${codeHashOf(name).slice(0, 40)}`
}

export function codeHashOf(name: string): string {
  return createHash('sha256').update(name).digest('hex')
}

/** The row of the meter with this name. */
export function rowOf(name: string, isCertified = true): string {
  return `${meterAddressOf(name)},SN-${name},${isCertified ? 'yes,MID' : 'no,'},${codeHashOf(`code ${name}`)}`
}

export function fileOf(...rows: string[]): string {
  return `${[HEADER, ...rows].join('\r\n')}\r\n`
}

export function namesOf(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`)
}
