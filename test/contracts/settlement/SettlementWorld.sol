// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAreaRegistry} from "../../../contracts/grid/IAreaRegistry.sol";
import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {ITradingDays} from "../../../contracts/market/ITradingDays.sol";
import {IMeterReadings} from "../../../contracts/metering/IMeterReadings.sol";
import {MockCallAuction} from "../../../contracts/mocks/MockCallAuction.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {IChallenges} from "../../../contracts/settlement/IChallenges.sol";
import {ISettlement} from "../../../contracts/settlement/ISettlement.sol";
import {SettlementCurrency} from "../../../contracts/settlement/SettlementCurrency.sol";
import "../../../contracts/types/Roles.sol" as Roles;
import {
    AreaId,
    DeliveryPeriod,
    EnergyWh,
    MemberId,
    Price,
    TradingDay
} from "../../../contracts/types/Types.sol";
import {Credentialed} from "../Credentialed.sol";
import {deploy} from "../Deployment.sol";
import {vm} from "../Vm.sol";

/// @dev Everything that settles, deployed and wired as users deploy it, but for an auction whose sessions clear as the
/// test says. Supplier (member 1), DSO (2), tax authority (3) and platform operator (4) are registered; the test itself
/// holds every role of a person. The area is traded from the last three periods of DAY on.
abstract contract SettlementWorld is Credentialed {
    TradingDay internal constant DAY = TradingDay.wrap(20_000);
    TradingDay internal constant NEXT_DAY = TradingDay.wrap(20_001);
    uint32 internal constant FIRST = 20_000 * 96 + 93;
    DeliveryPeriod internal constant FIRST_PERIOD = DeliveryPeriod.wrap(FIRST);
    uint256 internal constant DAY_START = 20_000 * 86_400;
    uint256 internal constant DAY_END = DAY_START + 86_400;
    uint256 internal constant LONG_BEFORE = DAY_START - 10 days;
    uint32 internal constant WINDOW = 7_200;
    uint32 internal constant CORRECTION_DELAY = 3 days;
    uint32 internal constant FINAL_DELAY = 10 days;
    uint256 internal constant BOND = 1_000_000_000;
    uint256 internal constant STAKE = 10_000_000;

    MemberId internal constant SUPPLIER_ID = MemberId.wrap(1);
    MemberId internal constant DSO_ID = MemberId.wrap(2);
    MemberId internal constant TAX_AUTHORITY_ID = MemberId.wrap(3);
    MemberId internal constant PLATFORM_OPERATOR_ID = MemberId.wrap(4);

    IAreaRegistry public areas;
    ITradingDays public tradingDays;
    MockCallAuction public auction;
    IMeterReadings public readings;
    SettlementCurrency public currency;
    IAccounts public accounts;
    ISettlement public settlement;
    IChallenges public challenges;

    function setUp() public virtual {
        vm.warp(LONG_BEFORE);
        _deployIdentity();
        areas = IAreaRegistry(deploy("AreaRegistry", abi.encode(credentials)));
        auction = MockCallAuction(deploy("MockCallAuction", ""));
        readings = IMeterReadings(deploy("MeterReadings", abi.encode(delegations, areas)));
        currency = SettlementCurrency(deploy("SettlementCurrency", abi.encode(credentials)));
        // Each of the two knows the other: the address of the second is known before it is there.
        address accountsAddress = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        tradingDays = ITradingDays(
            deploy("TradingDays", abi.encode(manager, credentials, areas, members, accountsAddress))
        );
        accounts = IAccounts(
            deploy("Accounts", abi.encode(manager, credentials, currency, members, tradingDays))
        );
        require(address(accounts) == accountsAddress, "accounts");
        settlement = ISettlement(
            deploy(
                "Settlement",
                abi.encode(manager, credentials, areas, tradingDays, auction, readings, accounts)
            )
        );
        challenges = IChallenges(
            deploy(
                "Challenges",
                abi.encode(areas, members, tradingDays, auction, readings, accounts, settlement)
            )
        );
        _grantRoles();
        areas.openArea(AREA, _calendar());
        areas.openArea(OTHER_AREA, _calendar());
        _register(AREA, IMemberRegistry.Kind.Supplier, 0);
        _register(AREA, IMemberRegistry.Kind.DSO, 0);
        _register(AREA, IMemberRegistry.Kind.TaxAuthority, 0);
        _register(AREA, IMemberRegistry.Kind.PlatformOperator, 0);
    }

    function _calendar() internal pure virtual returns (IAreaRegistry.Calendar memory) {
        return
            IAreaRegistry.Calendar({
                firstPeriod: FIRST_PERIOD,
                lastPeriod: DeliveryPeriod.wrap(type(uint32).max),
                gateClosureLead: 300,
                readingDeadline: 300,
                operatorDeadline: 600,
                challengeWindow: WINDOW,
                correctionDelay: CORRECTION_DELAY,
                finalDelay: FINAL_DELAY
            });
    }

    function _grantRoles() private {
        _grant(Roles.SETTLEMENT, address(accounts), IAccounts.applyPayments.selector);
        _grant(Roles.SETTLEMENT, address(tradingDays), ITradingDays.releaseDay.selector);
        _grant(Roles.CHALLENGES, address(accounts), IAccounts.correct.selector);
        _grant(Roles.CHALLENGES, address(accounts), IAccounts.reward.selector);
        _grant(Roles.CHALLENGES, address(accounts), IAccounts.forfeit.selector);
        _grant(Roles.CHALLENGES, address(accounts), IAccounts.fine.selector);
        _grant(Roles.CHALLENGES, address(settlement), ISettlement.withhold.selector);
        manager.revokeRole(Roles.SETTLEMENT, address(this));
        manager.revokeRole(Roles.CHALLENGES, address(this));
        manager.grantRole(Roles.SETTLEMENT, address(settlement), 0);
        manager.grantRole(Roles.CHALLENGES, address(challenges), 0);
    }

    /// @dev A household whose trading key and account is the private key `1000 + member`.
    function _registerHousehold() internal returns (MemberId) {
        return _register(AREA, IMemberRegistry.Kind.Household, 1_001 + members.memberCount());
    }

    function _addressOf(MemberId memberId) internal pure returns (address) {
        return vm.addr(1_000 + MemberId.unwrap(memberId));
    }

    function _mint(uint256 amount) internal {
        currency.mint(address(this), amount);
        currency.approve(address(accounts), amount);
    }

    function _fund(MemberId memberId, uint256 amount) internal {
        _mint(amount);
        accounts.deposit(memberId, amount);
    }

    function _depositBond() internal {
        _mint(BOND);
        accounts.depositBond(AREA, BOND);
    }

    /// @dev Publishes the day's keys as soon as that is possible, or now.
    function _openDay(TradingDay day) internal {
        uint256 opening = uint256(TradingDay.unwrap(day)) * 86_400 - 1 days;
        if (block.timestamp < opening) vm.warp(opening);
        tradingDays.publishKeys(AREA, day, 600);
    }

    /// @dev Warps behind the day; clears its sessions without trade and commits no readings.
    function _finishDay(TradingDay day) internal {
        uint256 first = uint256(TradingDay.unwrap(day)) * 96;
        uint256 end = (first + 96) * 900;
        if (block.timestamp < end) vm.warp(end);
        bytes[] memory fills = new bytes[](1);
        for (uint256 id = first < FIRST ? FIRST : first; id < first + 96; ++id) {
            DeliveryPeriod period = DeliveryPeriod.wrap(uint32(id));
            auction.setCleared(AREA, period, Price.wrap(0), 0, fills);
            readings.commitReadings(AREA, period, IMeterReadings.Commitment(bytes32(0), 0, 0, 0));
        }
    }

    /// @dev Payments are 11 bytes each; their positive amounts make the total.
    function _commitRun(TradingDay day, uint8 run, bytes memory payments) internal {
        settlement.commitStatements(
            AREA,
            day,
            run,
            ISettlement.Commitment("root", 1, _totalOf(payments)),
            uint32(block.timestamp),
            payments
        );
    }

    function _contribute(uint256 amount) internal {
        _mint(amount);
        accounts.contribute(AREA, amount);
    }

    /// @dev Commits the run, waits until its window is over, and has it paid.
    function _payRun(TradingDay day, uint8 run, bytes memory payments) internal {
        _commitRun(day, run, payments);
        vm.warp(block.timestamp + WINDOW);
        settlement.payRun(AREA, day, run, payments);
    }

    function _payment(MemberId memberId, int64 amount) internal pure returns (bytes memory) {
        return abi.encodePacked(memberId, amount);
    }

    function _totalOf(bytes memory payments) internal pure returns (uint64 total) {
        for (uint256 start = 0; start + 11 <= payments.length; start += 11) {
            uint64 amount = 0;
            for (uint256 i = start + 3; i < start + 11; ++i) {
                amount = (amount << 8) | uint8(payments[i]);
            }
            if (int64(amount) > 0) total += amount;
        }
    }

    function _requireAccount(MemberId memberId, uint256 balance, uint256 debt) internal view {
        vm.assertEq(accounts.balanceOf(memberId), balance, "balance");
        vm.assertEq(accounts.debtOf(memberId), debt, "debt");
    }
}
