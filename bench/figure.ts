/** One measured figure. `reference` names what it is compared with, measured in the same run where it can be. */
export type Figure = {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly target: string | null
  readonly reference: string | null
}
