import { expect, test } from 'vitest'
import { exclusively } from './exclusive.ts'
import type { Operation } from './operation.ts'

test('work of one operation never overlaps, in the sequence of its calls, and goes on after a failure', async () => {
  const operation = {} as Operation
  const steps: string[] = []
  const work = (name: string, fails = false) =>
    exclusively(operation, async () => {
      steps.push(`${name} begins`)
      await new Promise((resolve) => setTimeout(resolve, 1))
      steps.push(`${name} ends`)
      if (fails) throw new Error(name)
      return name
    })
  const results = await Promise.allSettled([work('one'), work('two', true), work('three')])
  expect(steps).toEqual(['one begins', 'one ends', 'two begins', 'two ends', 'three begins', 'three ends'])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})
