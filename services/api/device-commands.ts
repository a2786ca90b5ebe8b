import { randomUUID } from 'node:crypto'
import type { Ledger } from '../chain/ledger.ts'
import { parseCommandAction } from '../domain/devices/command-action.ts'
import { isFinal, stateOf } from '../domain/devices/command-life.ts'
import {
  limitsUnlessSet,
  releaseOf,
  requireSourceAllowed,
  requireValidLimits,
  requireWithinLimits,
  type CommandSource,
  type DeviceLimits,
} from '../domain/devices/device-limits.ts'
import { DomainError } from '../domain/errors.ts'
import { SECONDS_PER_DAY } from '../domain/units.ts'
import { listEventsOfCommands, type CommandEvent } from '../store/command-events.ts'
import type { Store } from '../store/connect.ts'
import {
  cancelDeviceCommand,
  insertDeviceCommand,
  listDeviceCommands,
  readDeviceCommand,
  readLatestCommand,
  type DeviceCommand,
} from '../store/device-commands.ts'
import { readDeviceLimits, writeDeviceLimits } from '../store/device-limits.ts'
import { readDevice } from '../store/devices.ts'
import type { Access } from './access/access.ts'
import { aggregatorSignerOf, type FlexOrdersOnLedger } from './aggregator-signer.ts'
import { commandSignerOf } from './command-signer.ts'
import type { OwnedDevice } from './routes/device-commands.ts'
import type { DeviceCommandRequest, DeviceCommandView } from './schemas/device-commands.ts'
import type { ApiDeps } from './server.ts'

/** For how long a device is told to hold no more what its owner lets nobody ask of it now. */
const RELEASE_SECONDS = 3_600

type Options = {
  readonly store: Store
  readonly ledger: Ledger
  readonly access: Pick<Access, 'requireScope' | 'householdsOf'>
  readonly flexOrders: FlexOrdersOnLedger
  /** Unix seconds by the ledger's clock. */
  readonly ledgerNow: () => number
}

type DeviceCommands = Pick<
  ApiDeps,
  | 'requireDeviceOwner'
  | 'tellDevice'
  | 'tellDeviceForAgent'
  | 'tellDeviceForAggregator'
  | 'listDeviceCommands'
  | 'readDeviceCommand'
  | 'cancelDeviceCommand'
  | 'readDeviceLimits'
  | 'setDeviceLimits'
>

type Issued = {
  readonly source: CommandSource
  readonly issuer: string
  readonly signature: string | null
}

/** Takes what devices are to be told from their owners, agents and aggregators, and shows what became of it. */
export function deviceCommandsOf({ store, ledger, access, flexOrders, ledgerNow }: Options): DeviceCommands {
  const signerOf = commandSignerOf({ store, ledger })
  const aggregatorOf = aggregatorSignerOf({ ledger, flexOrders })
  const limitsOf = async ({ device, memberId }: Pick<OwnedDevice, 'device' | 'memberId'>) =>
    (await readDeviceLimits(store, device.address, memberId)) ?? limitsUnlessSet(device)
  const viewsOf = async (commands: readonly DeviceCommand[]): Promise<DeviceCommandView[]> => {
    const events = await listEventsOfCommands(
      store,
      commands.map(({ id }) => id),
    )
    const byCommand = Map.groupBy(events, ({ commandId }) => commandId)
    return commands.map((command) => viewOf(command, byCommand.get(command.id) ?? []))
  }
  const viewFor = async (command: DeviceCommand) => (await viewsOf([command]))[0]!
  const requireOwn = async ({ device, memberId }: OwnedDevice, id: string): Promise<DeviceCommand> => {
    const command = await readDeviceCommand(store, id)
    if (command?.device === device.address && command.memberId === memberId) return command
    throw new DomainError('command-unknown', `device ${device.address} was told nothing of id ${id}`)
  }
  const keep = async (
    { device, memberId }: Pick<OwnedDevice, 'device' | 'memberId'>,
    { id = randomUUID(), action, expiresAt }: DeviceCommandRequest,
    issued: Issued,
  ): Promise<DeviceCommandView> => {
    const command = {
      id,
      device: device.address,
      memberId,
      ...issued,
      action: JSON.stringify(parseCommandAction(action)),
      expiresAt,
      createdAt: ledgerNow(),
    }
    const known = await readDeviceCommand(store, id)
    if (known !== null) return viewFor(requireSame(known, command))
    requireExpiry(expiresAt, command.createdAt)
    const limits = await limitsOf({ device, memberId })
    requireSourceAllowed(issued.source, limits)
    requireWithinLimits(parseCommandAction(action), limits, device)
    return viewFor(requireSame(await insertDeviceCommand(store, command), command))
  }
  /** Throws `owner-comes-first` where the owner told the device something since then, or it has not heard it yet. */
  const requireOwnerSilent = async (device: string, memberId: number, since: number): Promise<void> => {
    const own = await readLatestCommand(store, device, memberId, 'owner')
    if (own === null) return
    const { state } = await viewFor(own)
    if (own.createdAt < since && (isFinal(state) || own.expiresAt <= ledgerNow())) return
    throw new DomainError('owner-comes-first', `device ${device} was told otherwise by its owner at ${own.createdAt}`)
  }
  /** Has a device that an aggregator told to hold something hold it no more, as far as it can be told so. */
  const release = async ({ device, memberId, account }: OwnedDevice, limits: DeviceLimits): Promise<void> => {
    const latest = await readLatestCommand(store, device.address, memberId)
    if (latest?.source !== 'aggregator' || limits.sources.includes('aggregator')) return
    const action = releaseOf(device, limits)
    if (action === null || limits.isPaused || !limits.sources.includes('owner')) return
    const expiresAt = ledgerNow() + RELEASE_SECONDS
    const wish = { action, expiresAt } as DeviceCommandRequest
    await keep({ device, memberId }, wish, { source: 'owner', issuer: account, signature: null })
  }

  return {
    async requireDeviceOwner(request, address) {
      const { account } = await access.requireScope(request, 'command:devices')
      const [device, households] = await Promise.all([readDevice(store, address), access.householdsOf(account)])
      const owner = households.find(({ memberId }) => memberId === device?.memberId)
      if (device === null || owner === undefined) throw notYours(address)
      return { device, memberId: owner.memberId, account }
    },
    tellDevice: (owned, wish) => keep(owned, wish, { source: 'owner', issuer: owned.account, signature: null }),
    async tellDeviceForAgent(address, wish) {
      const { id, agent, expiresAt } = wish
      if (id === undefined || agent === undefined) {
        throw new DomainError('command-malformed', 'what an agent sends has an id, which it signs')
      }
      const action = JSON.stringify(parseCommandAction(wish.action))
      const signed = { id, device: address, trader: agent.trader, action, expiresAt }
      const signature = agent.signature.toLowerCase()
      const { key, memberId } = await signerOf(signed, signature)
      const device = await readDevice(store, address)
      if (device === null || device.memberId !== memberId) throw notYours(address)
      return keep({ device, memberId }, wish, { source: 'agent', issuer: key, signature })
    },
    async tellDeviceForAggregator(address, wish) {
      const { id, aggregator, expiresAt } = wish
      if (id === undefined || aggregator === undefined) {
        throw new DomainError('command-malformed', 'what an aggregator sends has an id, which it signs')
      }
      const { portfolioId, orderId } = aggregator
      const signature = aggregator.signature.toLowerCase()
      const device = await readDevice(store, address)
      const memberId = device?.memberId ?? null
      if (device === null || memberId === null) throw notYours(address)
      const action = JSON.stringify(parseCommandAction(wish.action))
      const signed = { id, device: address, portfolioId, orderId, action, expiresAt }
      const { issuer, orderedAt } = await aggregatorOf(signed, signature, { memberId, time: ledgerNow() })
      if ((await readDeviceCommand(store, id)) === null) await requireOwnerSilent(address, memberId, orderedAt)
      return keep({ device, memberId }, wish, { source: 'aggregator', issuer, signature })
    },
    async listDeviceCommands({ device, memberId }, { before, limit }) {
      const commands = await listDeviceCommands(store, { device: device.address, memberId, before }, limit)
      const nextBefore = commands.length === limit ? String(commands.at(-1)!.number) : null
      return { items: await viewsOf(commands), nextBefore }
    },
    readDeviceCommand: async (owned, id) => viewFor(await requireOwn(owned, id)),
    async cancelDeviceCommand(owned, id) {
      await requireOwn(owned, id)
      await cancelDeviceCommand(store, id, ledgerNow())
      return viewFor(await requireOwn(owned, id))
    },
    readDeviceLimits: limitsOf,
    async setDeviceLimits(owned, limits) {
      const { device, memberId } = owned
      requireValidLimits(limits, device)
      await writeDeviceLimits(store, device.address, memberId, limits)
      await release(owned, limits)
      return limits
    },
  }
}

function notYours(address: string): DomainError {
  return new DomainError('device-not-yours', `you have no device ${address}`)
}

function requireExpiry(expiresAt: number, now: number): void {
  if (expiresAt > now && expiresAt <= now + SECONDS_PER_DAY) return
  throw new DomainError(
    'command-expiry-invalid',
    `the command expires at ${expiresAt}, and it is ${now} by the ledger's clock: at most a day ahead`,
  )
}

/** Of the same id, the same command alone: whoever sends it again, because the answer was lost, sends it once. */
function requireSame(
  known: DeviceCommand,
  sent: Omit<DeviceCommand, 'number' | 'cancelledAt' | 'createdAt'>,
): DeviceCommand {
  const names = ['device', 'memberId', 'source', 'issuer', 'action', 'expiresAt'] as const
  if (names.every((name) => known[name] === sent[name])) return known
  throw new DomainError('command-conflict', `another command has the id ${sent.id}`)
}

function viewOf(
  { id, device, source, issuer, action, createdAt, expiresAt, cancelledAt }: DeviceCommand,
  events: readonly CommandEvent[],
): DeviceCommandView {
  return {
    id,
    device,
    state: stateOf(events.map(({ happening }) => happening)),
    source,
    issuer,
    action: parseCommandAction(JSON.parse(action)) as DeviceCommandView['action'],
    createdAt,
    expiresAt,
    cancelledAt,
    events: events.map(eventViewOf),
  }
}

function eventViewOf({ position, happening, at, attempt, detail, previous, digest, signer, signature }: CommandEvent) {
  return { position, happening, at, attempt, detail, previous, digest, signer, signature }
}
