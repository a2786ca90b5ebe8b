export type Presence = {
  readonly state: 'up' | 'degraded' | 'down'
  /** Unix seconds, wall clock. */
  readonly since: number
  readonly detail?: string
}

export const PRESENCE_TOPICS = 'commonwatt/v1/processes/+'

export function presenceTopicOf(name: string): string {
  return `commonwatt/v1/processes/${name}`
}
