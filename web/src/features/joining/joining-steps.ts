import type { Joining } from '../../lib/joining-client.ts'

/**
 * `later`: another step comes first. `open`: the person is to act, `refused`: again, since what was given was refused.
 * `waiting`: others are at work.
 */
export type StepState = 'later' | 'open' | 'refused' | 'waiting' | 'done'

export type JoiningSteps = {
  readonly connectionPoint: StepState
  readonly meter: StepState
  readonly wishes: StepState
  readonly signature: StepState
  readonly firstTrade: StepState
}

/** What to do, what is waited for and what is done, of a home on its way into the market. */
export function joiningStepsOf(joining: Joining): JoiningSteps {
  const connectionPoint = ownStateOf(joining.connectionPoint.state)
  const isConnected = connectionPoint === 'waiting' || connectionPoint === 'done'
  const meter = isConnected ? ownStateOf(joining.meter.state) : laterUnlessDone(joining.meter.state)
  const isMetered = meter === 'waiting' || meter === 'done'
  const wishes = wishesStateOf(joining, isMetered)
  return {
    connectionPoint,
    meter,
    wishes,
    signature: wishes === 'done' ? signatureStateOf(joining) : 'later',
    firstTrade: firstTradeStateOf(joining),
  }
}

type Given = Joining['meter']['state']

function ownStateOf(state: Given): StepState {
  return state === 'missing' ? 'open' : state
}

function laterUnlessDone(state: Given): StepState {
  return state === 'done' ? 'done' : 'later'
}

/** The capacity of the connection bounds the wishes: before it is known there are none. */
function wishesStateOf({ wishes, tradingKey, connectionPoint }: Joining, isMetered: boolean): StepState {
  if (wishes !== null && tradingKey !== null) return 'done'
  if (!isMetered) return 'later'
  return connectionPoint.capacityW === undefined ? 'waiting' : 'open'
}

function signatureStateOf({ state, agentKey, delegation }: Joining): StepState {
  if (delegation.state === 'done' || delegation.state === 'waiting') return delegation.state
  if (state !== 'registered' || agentKey === null) return 'waiting'
  return delegation.state === 'refused' ? 'refused' : 'open'
}

function firstTradeStateOf({ firstFill, delegation }: Joining): StepState {
  if (firstFill !== null) return 'done'
  return delegation.state === 'done' ? 'waiting' : 'later'
}
