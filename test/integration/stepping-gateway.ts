import { runGateway } from '../../services/gateway/run-gateway.ts'

// A gateway on a machine whose clock goes back by an hour at every SIGUSR2: what `Date` says, as everything here asks it.
const HOUR_MS = 3_600_000
const machine = Date
let behindMs = 0

globalThis.Date = class extends machine {
  constructor(...parts: [] | [number | string | Date]) {
    if (parts.length === 0) super(machine.now() - behindMs)
    else super(...parts)
  }
  static override now(): number {
    return machine.now() - behindMs
  }
} as DateConstructor

process.on('SIGUSR2', () => {
  behindMs += HOUR_MS
})

runGateway()
