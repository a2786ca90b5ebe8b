// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {ITradingDays} from "../../../contracts/market/ITradingDays.sol";
import {IMeterReadings} from "../../../contracts/metering/IMeterReadings.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {IChallenges} from "../../../contracts/settlement/IChallenges.sol";
import {ISettlement} from "../../../contracts/settlement/ISettlement.sol";
import {CHALLENGES, SETTLEMENT} from "../../../contracts/types/Roles.sol";
import {DeliveryPeriod, MemberId, Money} from "../../../contracts/types/Types.sol";
import {Session} from "../market/Session.sol";
import {SumTrees} from "../metering/SumTrees.sol";
import {deploy} from "../Deployment.sol";
import {vm} from "../Vm.sol";

// Given a day of ten periods, in the first of which Alice buys 1,000 Wh of Bob in the real auction, with nothing metered
//   when Alice's statement asks a micro-euro too much, she proves it by the auction's fills and gets it out of the bond
//   when the window is over, the payments are made, and the day's collateral is free
contract MarketToPaymentTest is Session {
    using SumTrees for SumTrees.Tree;

    uint256 private constant PERIODS = 10;
    /// @dev The price is the middle between 0.1 and 0.2 EUR/kWh.
    int64 private constant ENERGY = 150_000;
    uint64 private constant CHARGED = 150_001;

    IMeterReadings private _readings;
    ISettlement private _settlement;
    IChallenges private _challenges;
    MemberId private _alice;
    MemberId private _bob;
    bytes[] private _fills;
    bytes private _payments;

    function setUp() public override {
        super.setUp();
        _deployRest();
        _alice = _registerHousehold();
        _bob = _registerHousehold();
        vm.warp(DAY_START);
        _publishKeys();
        bytes memory orders = bytes.concat(
            _pack(_bid(_alice, 1_000, 200_000)),
            _pack(_offer(_bob, 1_000, 100_000))
        );
        _close(orders);
        _clear(_claim(150_000, 1_000, 1_000, 1_000, 1_000), orders);
        _fills.push(
            bytes.concat(
                _fillOf(_alice, ICallAuction.Side.Bid, 1_000),
                _fillOf(_bob, ICallAuction.Side.Offer, 1_000)
            )
        );
        vm.warp(DAY_START + 1 days);
        for (uint32 i = 0; i < PERIODS; ++i) {
            DeliveryPeriod period = DeliveryPeriod.wrap(DeliveryPeriod.unwrap(FIRST_PERIOD) + i);
            if (i != 0) {
                auction.closeGate(AREA, period, 0, bytes32(0));
                auction.clear(AREA, period, _noTrade(), "", "");
            }
            _readings.commitReadings(AREA, period, IMeterReadings.Commitment(bytes32(0), 0, 0, 0));
        }
        _payments = abi.encodePacked(_alice, int64(CHARGED), _bob, -int64(CHARGED));
    }

    function test_aStatementIsProvenWrongByTheAuctionsFills() public {
        SumTrees.Tree memory periods = _periodTree();
        IChallenges.StatementProof memory statement;
        statement.leaf = IChallenges.Statement({
            memberId: _alice,
            day: DAY,
            run: 0,
            periodCount: uint16(PERIODS),
            periodsRoot: periods.rootOf().hash,
            charges: CHARGED,
            credits: 0,
            previous: Money.wrap(0),
            salt: "statement"
        });
        statement.a = CHARGED;
        SumTrees.Tree memory statements = _statementTree(statement.leaf);
        statement.siblings = statements.siblingsOf(0);
        _settlement.commitStatements(
            AREA,
            DAY,
            0,
            ISettlement.Commitment(statements.rootOf().hash, 2, CHARGED),
            uint32(block.timestamp),
            _payments
        );
        IChallenges.PeriodProof memory period;
        period.leaf = _periodLeaf(0);
        period.a = CHARGED;
        period.siblings = periods.siblingsOf(0);
        IChallenges.ReadingProof memory none;

        vm.expectEmit();
        emit IChallenges.StatementCorrected(AREA, DAY, 0, _alice, FIRST_PERIOD, -1, 0);
        vm.prank(_accountOf(_alice));
        _challenges.challengePeriod(_alice, AREA, statement, period, none, _fills);

        vm.assertTrue(tradingDays.lockedOf(_alice) > 0, "collateral is locked");
        vm.warp(block.timestamp + 3_600);
        _settlement.payRun(AREA, DAY, 0, _payments);
        vm.assertEq(
            accounts.balanceOf(_alice),
            DEPOSIT + 10_000_000 - uint64(ENERGY),
            "paid what is right, and was rewarded"
        );
        vm.assertEq(tradingDays.lockedOf(_alice), 0, "collateral is free");
    }

    function _deployRest() private {
        _readings = IMeterReadings(deploy("MeterReadings", abi.encode(delegations, areas)));
        _settlement = ISettlement(
            deploy(
                "Settlement",
                abi.encode(manager, credentials, areas, tradingDays, auction, _readings, accounts)
            )
        );
        _challenges = IChallenges(
            deploy(
                "Challenges",
                abi.encode(areas, members, tradingDays, auction, _readings, accounts, _settlement)
            )
        );
        _grant(SETTLEMENT, address(accounts), IAccounts.applyPayments.selector);
        _grant(SETTLEMENT, address(tradingDays), ITradingDays.releaseDay.selector);
        _grant(CHALLENGES, address(accounts), IAccounts.correct.selector);
        _grant(CHALLENGES, address(_settlement), ISettlement.withhold.selector);
        manager.grantRole(SETTLEMENT, address(_settlement), 0);
        manager.grantRole(CHALLENGES, address(_challenges), 0);
    }

    function _periodTree() private pure returns (SumTrees.Tree memory) {
        SumTrees.Node[] memory leaves = new SumTrees.Node[](PERIODS);
        for (uint32 i = 0; i < PERIODS; ++i) {
            IChallenges.PeriodStatement memory period = _periodLeaf(i);
            bytes memory energy = abi.encodePacked(
                period.period,
                period.bought,
                period.sold,
                period.readingVersion,
                period.quality,
                period.imported,
                period.exported
            );
            leaves[i] = SumTrees.leafOf(
                abi.encodePacked(energy, period.energy, int64(0), int64(0), int64(0), int64(0), period.salt),
                uint64(Money.unwrap(period.energy)),
                0
            );
        }
        return SumTrees.treeOf(leaves);
    }

    /// @dev What the operator claims of Alice: a micro-euro too much in the first period.
    function _periodLeaf(uint32 i) private pure returns (IChallenges.PeriodStatement memory period) {
        period.period = DeliveryPeriod.wrap(DeliveryPeriod.unwrap(FIRST_PERIOD) + i);
        period.quality = 2;
        period.salt = bytes32(uint256(i));
        if (i != 0) return period;
        period.bought = 1_000;
        period.energy = Money.wrap(int64(CHARGED));
    }

    function _statementTree(
        IChallenges.Statement memory statement
    ) private pure returns (SumTrees.Tree memory) {
        SumTrees.Node[] memory leaves = new SumTrees.Node[](2);
        leaves[0] = SumTrees.leafOf(
            abi.encodePacked(
                statement.memberId,
                statement.day,
                statement.run,
                statement.periodCount,
                statement.periodsRoot,
                statement.charges,
                statement.credits,
                statement.previous,
                statement.salt
            ),
            CHARGED,
            0
        );
        leaves[1] = SumTrees.leafOf("Bob's statement", 0, CHARGED);
        return SumTrees.treeOf(leaves);
    }
}
