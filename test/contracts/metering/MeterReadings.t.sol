// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDelegations} from "../../../contracts/identity/IDelegations.sol";
import {IMeterReadings} from "../../../contracts/metering/IMeterReadings.sol";
import {DeliveryPeriod, MemberId} from "../../../contracts/types/Types.sol";
import {SettlementWorld} from "../settlement/SettlementWorld.sol";
import {vm} from "../Vm.sol";

// commitReadings
//   given no metering operator and no delegate of one, it reverts
//   given a period that is not over, it reverts; at its end it commits version 0
//   given a period whose readings are committed, even to no leaf at all, it reverts
// correctReadings
//   given no metering operator and no delegate of one, or no version 0, it reverts
//   given the time from which the day's final run may be made, it reverts; just before, it adds a version
//   given 256 versions, it reverts
//   given a version, the earlier ones stay as they were
// versionAt
//   given a time before version 0, or no version, it reverts; else it is the latest that was there
// areCommitted
//   given one period without a version, it is false; given all, it is true
// isCommittedReading
//   given the leaf, its position and its siblings, it is true, in its own version only
//   given another register, member, quality, salt, position or area, it is false
//   given sums that are not the leaf's own, it is true with these and with no others
contract MeterReadingsTest is SettlementWorld {
    uint256 private constant END = (uint256(FIRST) + 1) * 900;

    function test_commitReadings_keepsTheCommitment() public {
        IMeterReadings.Commitment memory commitment = IMeterReadings.Commitment("root", 3, 4_000, 500);
        vm.warp(END);
        vm.expectEmit();
        emit IMeterReadings.ReadingsCommitted(AREA, FIRST_PERIOD, 0, "root", 3, 4_000, 500);
        readings.commitReadings(AREA, FIRST_PERIOD, commitment);

        IMeterReadings.Commitment memory kept = readings.commitmentOf(AREA, FIRST_PERIOD);
        vm.assertTrue(readings.isCommitted(AREA, FIRST_PERIOD), "committed");
        vm.assertFalse(readings.isCommitted(OTHER_AREA, FIRST_PERIOD), "not elsewhere");
        vm.assertEq(keccak256(abi.encode(kept)), keccak256(abi.encode(commitment)), "as given");
    }

    function test_commitReadings_revertsBeforeTheEnd() public {
        vm.warp(END - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMeterReadings.MeterReadingsPeriodNotOver.selector,
                FIRST_PERIOD,
                END,
                END - 1
            )
        );
        readings.commitReadings(AREA, FIRST_PERIOD, _commitment("root"));
    }

    function test_commitReadings_revertsTwice() public {
        vm.warp(END);
        readings.commitReadings(AREA, FIRST_PERIOD, IMeterReadings.Commitment(bytes32(0), 0, 0, 0));
        vm.assertTrue(readings.isCommitted(AREA, FIRST_PERIOD), "committed to nothing");
        vm.expectRevert(
            abi.encodeWithSelector(IMeterReadings.MeterReadingsAlreadyCommitted.selector, AREA, FIRST_PERIOD)
        );
        readings.commitReadings(AREA, FIRST_PERIOD, _commitment("root"));
    }

    function test_everyCommitment_revertsForAnybodyElse() public {
        vm.warp(END);
        bytes memory refusal = abi.encodeWithSelector(
            IDelegations.DelegationsNoReadings.selector,
            STRANGER,
            AREA
        );
        vm.prank(STRANGER);
        vm.expectRevert(refusal);
        readings.commitReadings(AREA, FIRST_PERIOD, _commitment("root"));
        readings.commitReadings(AREA, FIRST_PERIOD, _commitment("root"));
        vm.prank(STRANGER);
        vm.expectRevert(refusal);
        readings.correctReadings(AREA, FIRST_PERIOD, _commitment("root"));
    }

    function test_correctReadings_addsAVersion() public {
        vm.warp(END);
        readings.commitReadings(AREA, FIRST_PERIOD, _commitment("first"));
        vm.warp(END + 100);
        vm.expectEmit();
        emit IMeterReadings.ReadingsCommitted(AREA, FIRST_PERIOD, 1, "second", 1, 1, 1);
        readings.correctReadings(AREA, FIRST_PERIOD, _commitment("second"));
        vm.warp(END + 200);
        readings.correctReadings(AREA, FIRST_PERIOD, _commitment("third"));

        vm.assertEq(readings.commitmentOf(AREA, FIRST_PERIOD).root, "third", "latest");
        vm.assertEq(readings.commitmentAt(AREA, FIRST_PERIOD, 0).root, "first", "version 0");
        vm.assertEq(readings.commitmentAt(AREA, FIRST_PERIOD, 1).root, "second", "version 1");
        vm.assertEq(readings.commitmentAt(AREA, FIRST_PERIOD, 3).root, 0, "no version 3");
        vm.assertEq(readings.versionAt(AREA, FIRST_PERIOD, END), uint256(0), "at the first");
        vm.assertEq(readings.versionAt(AREA, FIRST_PERIOD, END + 99), uint256(0), "before the second");
        vm.assertEq(readings.versionAt(AREA, FIRST_PERIOD, END + 100), uint256(1), "at the second");
        vm.assertEq(readings.versionAt(AREA, FIRST_PERIOD, END + 300), uint256(2), "after the third");
    }

    function test_correctReadings_revertsWhereNothingIsCommitted() public {
        vm.warp(END);
        vm.expectRevert(_notCommitted());
        readings.correctReadings(AREA, FIRST_PERIOD, _commitment("root"));
    }

    function test_correctReadings_revertsWhenTheFinalRunMayBeMade() public {
        uint256 deadline = DAY_END + FINAL_DELAY;
        vm.warp(deadline - 1);
        readings.commitReadings(AREA, FIRST_PERIOD, _commitment("first"));
        readings.correctReadings(AREA, FIRST_PERIOD, _commitment("second"));
        vm.warp(deadline);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMeterReadings.MeterReadingsCorrectionsOver.selector,
                FIRST_PERIOD,
                deadline,
                deadline
            )
        );
        readings.correctReadings(AREA, FIRST_PERIOD, _commitment("third"));
    }

    function test_correctReadings_revertsAfter256Versions() public {
        vm.warp(END);
        readings.commitReadings(AREA, FIRST_PERIOD, _commitment("root"));
        for (uint256 version = 1; version < 256; ++version) {
            readings.correctReadings(AREA, FIRST_PERIOD, _commitment("root"));
        }
        vm.expectRevert(
            abi.encodeWithSelector(IMeterReadings.MeterReadingsTooManyVersions.selector, AREA, FIRST_PERIOD)
        );
        readings.correctReadings(AREA, FIRST_PERIOD, _commitment("root"));
        vm.assertEq(readings.versionAt(AREA, FIRST_PERIOD, END), uint256(255), "the last of one second");
    }

    function test_versionAt_revertsBeforeTheFirst() public {
        vm.expectRevert(_notCommitted());
        readings.versionAt(AREA, FIRST_PERIOD, END);
        vm.warp(END);
        readings.commitReadings(AREA, FIRST_PERIOD, _commitment("root"));
        vm.expectRevert(_notCommitted());
        readings.versionAt(AREA, FIRST_PERIOD, END - 1);
    }

    function test_areCommitted_needsEveryPeriod() public {
        vm.warp(END + 1_800);
        readings.commitReadings(AREA, FIRST_PERIOD, _commitment("root"));
        readings.commitReadings(AREA, DeliveryPeriod.wrap(FIRST + 2), _commitment("root"));
        vm.assertTrue(readings.areCommitted(AREA, FIRST_PERIOD, 1), "the first");
        vm.assertFalse(readings.areCommitted(AREA, FIRST_PERIOD, 3), "not the second");
        readings.commitReadings(AREA, DeliveryPeriod.wrap(FIRST + 1), _commitment("root"));
        vm.assertTrue(readings.areCommitted(AREA, FIRST_PERIOD, 3), "all");
        vm.assertFalse(readings.areCommitted(AREA, FIRST_PERIOD, 4), "and no more");
    }

    function test_isCommittedReading_provesEveryReadingAndNoOther() public {
        IMeterReadings.Reading memory first = _reading(1, 100, 350, 40, 40);
        IMeterReadings.Reading memory second = _reading(2, 900, 900, 40, 75);
        bytes memory left = _node(first, 250, 0);
        bytes memory right = _node(second, 0, 35);
        vm.warp(END);
        readings.commitReadings(AREA, FIRST_PERIOD, _commitment("estimated"));
        readings.correctReadings(
            AREA,
            FIRST_PERIOD,
            IMeterReadings.Commitment(keccak256(abi.encodePacked(bytes1(0x01), left, right)), 2, 250, 35)
        );

        vm.assertTrue(_isCommitted(1, first, 0, right), "first");
        vm.assertTrue(_isCommitted(1, second, 1, left), "second");
        vm.assertFalse(_isCommitted(0, first, 0, right), "version");
        vm.assertFalse(_isCommitted(2, first, 0, right), "no version");
        vm.assertFalse(_isCommitted(1, first, 1, right), "position");
        vm.assertFalse(readings.isCommittedReading(OTHER_AREA, 1, first, 250, 0, 0, _only(right)), "area");
        first.salt = "another";
        vm.assertFalse(_isCommitted(1, first, 0, right), "salt");
        // Both registers moved alike: the energy is right and the reading is not.
        second.exportStart += 1;
        second.exportEnd += 1;
        vm.assertFalse(_isCommitted(1, second, 1, left), "registers");
        second.exportStart -= 1;
        second.exportEnd -= 1;
        second.quality = 1;
        vm.assertFalse(_isCommitted(1, second, 1, left), "quality");
    }

    function test_isCommittedReading_provesWhatWasCommittedWithOtherSums() public {
        IMeterReadings.Reading memory only = _reading(1, 100, 350, 40, 40);
        vm.warp(END);
        bytes32 root = bytes32(_node(only, 0, 0));
        readings.commitReadings(AREA, FIRST_PERIOD, IMeterReadings.Commitment(root, 1, 251, 0));
        bytes[] memory none = new bytes[](0);
        vm.assertTrue(readings.isCommittedReading(AREA, 0, only, 251, 0, 0, none), "as committed");
        vm.assertFalse(readings.isCommittedReading(AREA, 0, only, 250, 0, 0, none), "no others");
    }

    function _isCommitted(
        uint8 version,
        IMeterReadings.Reading memory reading,
        uint256 position,
        bytes memory sibling
    ) private view returns (bool) {
        return
            readings.isCommittedReading(
                AREA,
                version,
                reading,
                reading.importEnd - reading.importStart,
                reading.exportEnd - reading.exportStart,
                position,
                _only(sibling)
            );
    }

    function _notCommitted() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IMeterReadings.MeterReadingsNotCommitted.selector, AREA, FIRST_PERIOD);
    }

    function _commitment(bytes32 root) private pure returns (IMeterReadings.Commitment memory) {
        return IMeterReadings.Commitment(root, 1, 1, 1);
    }

    function _reading(
        uint24 memberId,
        uint64 importStart,
        uint64 importEnd,
        uint64 exportStart,
        uint64 exportEnd
    ) private pure returns (IMeterReadings.Reading memory) {
        return
            IMeterReadings.Reading({
                memberId: MemberId.wrap(memberId),
                period: FIRST_PERIOD,
                importStart: importStart,
                importEnd: importEnd,
                exportStart: exportStart,
                exportEnd: exportEnd,
                quality: 0,
                salt: "salt"
            });
    }

    function _node(
        IMeterReadings.Reading memory reading,
        uint64 importSum,
        uint64 exportSum
    ) private pure returns (bytes memory) {
        bytes memory leaf = abi.encodePacked(
            reading.memberId,
            reading.period,
            reading.importStart,
            reading.importEnd,
            reading.exportStart,
            reading.exportEnd,
            reading.quality,
            reading.salt
        );
        return abi.encodePacked(keccak256(abi.encodePacked(bytes1(0x00), leaf)), importSum, exportSum);
    }

    function _only(bytes memory sibling) private pure returns (bytes[] memory siblings) {
        siblings = new bytes[](1);
        siblings[0] = sibling;
    }
}
