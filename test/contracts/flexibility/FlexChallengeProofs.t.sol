// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexChallenges} from "../../../contracts/flexibility/IFlexChallenges.sol";
import {IFlexReservations} from "../../../contracts/flexibility/IFlexReservations.sol";
import {IFlexSettlement} from "../../../contracts/flexibility/IFlexSettlement.sol";
import {PortfolioId, PowerW, ProductId, ReservationId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexRun} from "./FlexRun.sol";

// Given a call beyond the deliveries, or statements, entries, fills, payments, nodes or availability that were not
//   committed, a challenge reverts
// Given an aggregator's statement with the availability that it is paid, it is right; without, it is not
// Given deliveries of a length that none have, or nothing called at all, no run is committed
contract FlexChallengeProofsTest is FlexRun {
    bytes32 private constant NOTHING = keccak256("");

    function test_challengeAsset_revertsBeyondTheDeliveries() public {
        _commitTruth();
        IFlexChallenges.CallProof memory call = _callProof(0);
        IFlexChallenges.AssetProof memory asset = _assetProof(0, 0);
        call.position = 3;
        vm.expectRevert(abi.encodeWithSelector(IFlexChallenges.FlexChallengesWrongCall.selector, 3));
        flexChallenges.challengeAsset(DSO_ID, AREA, DAY, call, asset, asset);
    }

    function test_challengeEntry_revertsForWhatWasNotCommitted() public {
        _commitTruth();
        IFlexChallenges.StatementProof memory statement = _statementProof(2);
        IFlexChallenges.EntryProof memory entry = _entryProof(2, ENTRY);
        entry.leaf.revenue += 1;
        _expectEntryRefused(
            statement,
            entry,
            _fillsOf(0),
            abi.encodeWithSelector(IFlexChallenges.FlexChallengesWrongEntry.selector, ALICE_ID, ENTRY)
        );
        entry.leaf.revenue -= 1;
        statement.leaf.charges += 1;
        _expectEntryRefused(
            statement,
            entry,
            _fillsOf(0),
            abi.encodeWithSelector(IFlexChallenges.FlexChallengesWrongStatement.selector, ALICE_ID, 2)
        );
        statement.leaf.charges -= 1;
        bytes32 committed = auction.sessionOf(AREA, FIRST_PERIOD).fillsHash;
        _expectEntryRefused(
            statement,
            entry,
            new bytes[](0),
            abi.encodeWithSelector(IFlexChallenges.FlexChallengesWrongFills.selector, committed, bytes32(0))
        );
    }

    function test_challengeAggregator_revertsForAHousehold() public {
        _commitTruth();
        IFlexChallenges.StatementProof memory statement = _statementProof(2);
        IFlexChallenges.EntryProof memory entry = _entryProof(2, ENTRY);
        bytes memory deliveries = _deliveries();
        vm.expectRevert(
            abi.encodeWithSelector(IFlexChallenges.FlexChallengesNotAnAggregator.selector, ALICE_ID)
        );
        flexChallenges.challengeAggregator(
            DSO_ID,
            AREA,
            statement,
            entry,
            deliveries,
            new bytes[](0),
            new IFlexChallenges.AssetProof[](0)
        );
    }

    function test_challengeStatement_revertsForWhatWasNotCommitted() public {
        _commitTruth();
        bytes32 payments = keccak256(_packed());
        _expectStatementRefused(
            2,
            _nodesOf(2),
            "",
            "",
            abi.encodeWithSelector(IFlexChallenges.FlexChallengesWrongPayments.selector, payments, NOTHING)
        );
        _expectStatementRefused(
            2,
            "",
            "",
            _packed(),
            abi.encodeWithSelector(
                IFlexChallenges.FlexChallengesWrongNodes.selector,
                _statements[2].entriesRoot,
                bytes32(0)
            )
        );
        _expectStatementRefused(
            1,
            _nodesOf(1),
            hex"00",
            _packed(),
            abi.encodeWithSelector(
                IFlexChallenges.FlexChallengesWrongAvailability.selector,
                NOTHING,
                keccak256(hex"00")
            )
        );
    }

    function test_challengeStatement_countsWhatAvailabilityIsPaid() public {
        _commitWithAvailability(15);
        flexChallenges.challengeStatement(
            DSO_ID,
            AREA,
            _statementProof(1),
            _nodesOf(1),
            _availability,
            _packed()
        );
        vm.assertTrue(flexSettlement.runOf(AREA, DAY).committedAt != 0, "the run stands");
    }

    function test_challengeStatement_findsAvailabilityThatIsKept() public {
        _commitWithAvailability(14);
        flexChallenges.challengeStatement(
            DSO_ID,
            AREA,
            _statementProof(1),
            _nodesOf(1),
            _availability,
            _packed()
        );
        vm.assertEq(flexSettlement.runOf(AREA, DAY).committedAt, 0, "the run is void");
    }

    function test_commitRun_revertsForOddLengthsAndForNothing() public {
        IFlexSettlement.Facts memory facts;
        facts.deliveries = hex"00";
        vm.expectRevert(abi.encodeWithSelector(IFlexSettlement.FlexSettlementWrongLength.selector, 1));
        this.commitOn(facts);
        _finishDay(NEXT_DAY);
        _payRun(NEXT_DAY, 0, "");
        facts.deliveries = "";
        vm.expectRevert(
            abi.encodeWithSelector(IFlexSettlement.FlexSettlementNothingCalled.selector, AREA, NEXT_DAY)
        );
        flexSettlement.commitRun(
            AREA,
            NEXT_DAY,
            IFlexSettlement.Commitment(0, 0, 0),
            uint32(block.timestamp),
            facts,
            ""
        );
    }

    function test_commitRun_paysAvailabilityInOneRunAtATime() public {
        _finishDay(NEXT_DAY);
        _payRun(NEXT_DAY, 0, "");
        _commitWithAvailability(15);
        IFlexSettlement.Facts memory facts;
        facts.availability = abi.encodePacked(uint32(1), FIRST + 1, uint32(1_500));
        vm.expectRevert(
            abi.encodeWithSelector(IFlexSettlement.FlexSettlementAvailabilityPending.selector, AREA, DAY)
        );
        flexSettlement.commitRun(
            AREA,
            NEXT_DAY,
            IFlexSettlement.Commitment(0, 0, 0),
            uint32(block.timestamp),
            facts,
            ""
        );
    }

    function commitOn(IFlexSettlement.Facts memory facts) external {
        flexSettlement.commitRun(
            AREA,
            DAY,
            IFlexSettlement.Commitment(0, 0, 0),
            uint32(block.timestamp),
            facts,
            ""
        );
    }

    /// @param credited To the aggregator, of the 15 micro-euro that the DSO pays; the supplier keeps the rest.
    function _commitWithAvailability(int64 credited) private {
        IFlexReservations.Reservation memory reservation;
        reservation.portfolioId = PortfolioId.wrap(1);
        reservation.productId = ProductId.wrap(1);
        reservation.availabilityPrice = 10;
        market.setReservation(ReservationId.wrap(1), reservation, PowerW.wrap(2_000), SECOND_PERIOD);
        _availability = abi.encodePacked(uint32(1), FIRST, uint32(1_500));
        _takeAssets();
        _drawEntries();
        _drawStatements();
        uint256 due = DAY_END + FINAL_DELAY + WINDOW;
        if (block.timestamp < due) vm.warp(due);
        _dsoPays += 15;
        _statements[1].credits += uint64(credited);
        _sumStatement(1);
        _payments[0] -= 15 - credited;
        _commit();
    }

    function _expectEntryRefused(
        IFlexChallenges.StatementProof memory statement,
        IFlexChallenges.EntryProof memory entry,
        bytes[] memory fills,
        bytes memory reason
    ) private {
        IFlexChallenges.AssetProof[] memory assets = new IFlexChallenges.AssetProof[](2);
        (assets[0], assets[1]) = (_assetProof(0, 0), _assetProof(2, 0));
        bytes memory deliveries = _deliveries();
        vm.expectRevert(reason);
        flexChallenges.challengeEntry(DSO_ID, AREA, statement, entry, deliveries, assets, fills);
    }

    function _expectStatementRefused(
        uint256 s,
        bytes memory nodes,
        bytes memory availability,
        bytes memory payments,
        bytes memory reason
    ) private {
        IFlexChallenges.StatementProof memory statement = _statementProof(s);
        vm.expectRevert(reason);
        flexChallenges.challengeStatement(DSO_ID, AREA, statement, nodes, availability, payments);
    }
}
