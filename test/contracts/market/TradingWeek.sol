// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAreaRegistry} from "../../../contracts/grid/IAreaRegistry.sol";
import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {ITradingDays} from "../../../contracts/market/ITradingDays.sol";
import {SETTLEMENT} from "../../../contracts/types/Roles.sol";
import {DeliveryPeriod, EnergyWh, MemberId, Price, TradingDay} from "../../../contracts/types/Types.sol";
import {Marketplace} from "../Marketplace.sol";
import {vm} from "../Vm.sol";

/// @dev A marketplace whose area trades from its first day (in the afternoon) to the tenth. The test may settle.
abstract contract TradingWeek is Marketplace {
    uint256 internal constant TRADED_DAYS = 10;
    uint256 internal constant LARGEST_ALLOWANCE = type(uint40).max;

    function setUp() public virtual override {
        super.setUp();
        manager.grantRole(SETTLEMENT, address(this), 0);
    }

    function _calendarOfArea()
        internal
        pure
        virtual
        override
        returns (IAreaRegistry.Calendar memory calendar)
    {
        calendar = _calendar();
        calendar.lastPeriod = DeliveryPeriod.wrap(uint32((19_791 + TRADED_DAYS) * 96 - 1));
    }

    /// @param number Counted from the first traded day.
    function _dayAt(uint256 number) internal pure returns (TradingDay) {
        return TradingDay.wrap(uint32(19_791 + number));
    }

    function _startOf(uint256 number) internal pure returns (uint256) {
        return DAY_START + number * 1 days;
    }

    /// @dev All keys of the day, at once or when it is time.
    function _publishDay(uint256 number) internal {
        uint256 opening = _startOf(number) - 1 days;
        if (block.timestamp < opening) vm.warp(opening);
        do tradingDays.publishKeys(AREA, _dayAt(number), 600); while (
            !tradingDays.isPublished(AREA, _dayAt(number))
        );
    }

    function _release(uint256 number) internal {
        tradingDays.releaseDay(AREA, _dayAt(number));
    }

    function _allowanceOf(uint256 number, MemberId memberId) internal view returns (uint256) {
        return tradingDays.allowanceOf(AREA, _dayAt(number), memberId);
    }

    function _entries(uint256 number) internal view returns (ITradingDays.Entry[] memory) {
        return tradingDays.entriesOf(AREA, _dayAt(number), 0, type(uint256).max);
    }

    /// @dev The rule in words of its own: a quarter of the funds, or what is not locked of them, for 96 sessions.
    function _allowanceFor(uint256 funds, uint256 locked) internal pure returns (uint256 allowance) {
        uint256 rest = funds > locked ? funds - locked : 0;
        allowance = (funds / 4 < rest ? funds / 4 : rest) / 96;
        if (allowance > LARGEST_ALLOWANCE) allowance = LARGEST_ALLOWANCE;
    }

    /// @dev Lets a key trade for the member; everything allowed that the member may.
    function _delegate(MemberId memberId, address key, uint256 expiry) internal {
        vm.prank(_accountOf(memberId));
        members.delegateTrading(
            memberId,
            IMemberRegistry.Delegation({
                key: key,
                sides: 2,
                quantityLimit: EnergyWh.wrap(9_000),
                lowestPrice: Price.wrap(-100_000),
                highestPrice: Price.wrap(300_000),
                expiry: uint32(expiry)
            })
        );
    }

    /// @dev A payment of one member to the DSO, as of a settlement run of the day.
    function _charge(uint256 number, MemberId memberId, int64 amount) internal {
        accounts.applyPayments(AREA, _dayAt(number), abi.encodePacked(DSO_ID, -amount, memberId, amount));
    }
}
