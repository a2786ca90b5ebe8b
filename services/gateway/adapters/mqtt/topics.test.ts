import { expect, test } from 'vitest'
import { listedJson, singleJson } from '../json/reading-message.ts'
import { ultralight } from '../ultralight/reading-measures.ts'
import { readingTopicOf, receiptsTopicOf } from './topics.ts'

const ADDRESS = `0x${'0a'.repeat(20)}`

test.each([
  [`commonwatt/v1/meters/${ADDRESS}/readings`, singleJson],
  [`/ul/commonwatt/${ADDRESS}/attrs`, ultralight],
  [`ul/commonwatt/${ADDRESS}/attrs`, ultralight],
  [`/json/commonwatt/${ADDRESS}/attrs`, listedJson],
  [`json/commonwatt/${ADDRESS}/attrs`, listedJson],
])('%s brings readings of the meter', (topic, format) => {
  expect(readingTopicOf(topic)).toEqual({ address: ADDRESS, format })
})

test('a meter is named by its address in lower case', () => {
  for (const name of [ADDRESS.toUpperCase(), `${ADDRESS}0`, '']) {
    expect(readingTopicOf(`commonwatt/v1/meters/${name}/readings`)?.address).toBeNull()
    expect(readingTopicOf(`/ul/commonwatt/${name}/attrs`)?.address).toBeNull()
  }
})

test('other topics bring none', () => {
  const others = [
    receiptsTopicOf(ADDRESS),
    `/ul/other/${ADDRESS}/attrs`,
    `/ul/commonwatt/${ADDRESS}/attrs/p`,
    `//ul/commonwatt/${ADDRESS}/attrs`,
    `commonwatt/v1/meters/${ADDRESS}/readings/more`,
  ]
  expect(others.map(readingTopicOf)).toEqual(others.map(() => null))
})
