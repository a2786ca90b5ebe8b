import { expect, test } from 'vitest'
import { jsonMeasures, nativeMeasures } from '../json/measures-message.ts'
import { listedJson, singleJson } from '../json/reading-message.ts'
import { ultralightMeasures } from '../ultralight/measures-message.ts'
import { ultralight } from '../ultralight/reading-measures.ts'
import { deviceTopicOf, receiptsTopicOf } from './topics.ts'

const ADDRESS = `0x${'0a'.repeat(20)}`

test.each([
  [`commonwatt/v1/meters/${ADDRESS}/readings`, { readings: singleJson, measures: null }],
  [`commonwatt/v1/meters/${ADDRESS}/measurements`, { readings: null, measures: nativeMeasures }],
  [`/ul/commonwatt/${ADDRESS}/attrs`, { readings: ultralight, measures: ultralightMeasures }],
  [`ul/commonwatt/${ADDRESS}/attrs`, { readings: ultralight, measures: ultralightMeasures }],
  [`/json/commonwatt/${ADDRESS}/attrs`, { readings: listedJson, measures: jsonMeasures }],
  [`json/commonwatt/${ADDRESS}/attrs`, { readings: listedJson, measures: jsonMeasures }],
  [`/ul/commonwatt/${ADDRESS}/attrs/voltage`, { readings: null, measures: ultralightMeasures, attribute: 'voltage' }],
])('%s brings what its device says', (topic, formats) => {
  expect(deviceTopicOf(topic)).toEqual({ address: ADDRESS, ...formats })
})

test('a meter is named by its address in lower case', () => {
  for (const name of [ADDRESS.toUpperCase(), `${ADDRESS}0`, '']) {
    expect(deviceTopicOf(`commonwatt/v1/meters/${name}/readings`)?.address).toBeNull()
    expect(deviceTopicOf(`/ul/commonwatt/${name}/attrs`)?.address).toBeNull()
  }
})

test('other topics bring none', () => {
  const others = [
    receiptsTopicOf(ADDRESS),
    `/ul/other/${ADDRESS}/attrs`,
    `/ul/commonwatt/${ADDRESS}/attrs/p/q`,
    `//ul/commonwatt/${ADDRESS}/attrs`,
    `commonwatt/v1/meters/${ADDRESS}/readings/more`,
  ]
  expect(others.map(deviceTopicOf)).toEqual(others.map(() => null))
})
