/**
 * What a browser's new key signs (EIP-712) to be registered as the trading key of an account, in the domain ("Commonwatt",
 * "1") of the member registry.
 */
export const TRADING_KEY_TYPE = 'TradingKey(address account)'
