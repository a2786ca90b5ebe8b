// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IMeterReadings} from "../../../contracts/metering/IMeterReadings.sol";
import {MemberId} from "../../../contracts/types/Types.sol";
import {Neighbourhood} from "../Neighbourhood.sol";
import {vm} from "../Vm.sol";

// commitReadings
//   given no role of metering operator, it reverts
//   given a period that is not over, it reverts; at its end it commits
//   given a period whose readings are committed, even to no leaf at all, it reverts
// isCommittedReading
//   given the leaf, its position and its siblings, it is true
//   given another register, member, salt, position or area, or a register that runs backwards, it is false
contract MeterReadingsTest is Neighbourhood {
    uint256 private constant END = START + 900;

    function test_commitReadings_keepsTheCommitment() public {
        IMeterReadings.Commitment memory commitment = IMeterReadings.Commitment("root", 3, 4_000, 500);
        vm.warp(END);
        vm.expectEmit();
        emit IMeterReadings.ReadingsCommitted(AREA, FIRST_PERIOD, "root", 3, 4_000, 500);
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
        readings.commitReadings(AREA, FIRST_PERIOD, IMeterReadings.Commitment("root", 1, 1, 1));
    }

    function test_commitReadings_revertsTwice() public {
        _commitNoReadings();
        vm.assertTrue(readings.isCommitted(AREA, FIRST_PERIOD), "committed to nothing");
        vm.expectRevert(
            abi.encodeWithSelector(IMeterReadings.MeterReadingsAlreadyCommitted.selector, AREA, FIRST_PERIOD)
        );
        readings.commitReadings(AREA, FIRST_PERIOD, IMeterReadings.Commitment("root", 1, 1, 1));
    }

    function test_commitReadings_revertsForAnybodyElse() public {
        vm.warp(END);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, STRANGER));
        readings.commitReadings(AREA, FIRST_PERIOD, IMeterReadings.Commitment("root", 1, 1, 1));
    }

    function test_isCommittedReading_provesEveryReadingAndNoOther() public {
        IMeterReadings.Reading memory first = _reading(1, 100, 350, 40, 40);
        IMeterReadings.Reading memory second = _reading(2, 900, 900, 40, 75);
        bytes memory left = _node(first, 250, 0);
        bytes memory right = _node(second, 0, 35);
        vm.warp(END);
        readings.commitReadings(
            AREA,
            FIRST_PERIOD,
            IMeterReadings.Commitment(keccak256(abi.encodePacked(bytes1(0x01), left, right)), 2, 250, 35)
        );

        vm.assertTrue(readings.isCommittedReading(AREA, first, 0, _only(right)), "first");
        vm.assertTrue(readings.isCommittedReading(AREA, second, 1, _only(left)), "second");
        vm.assertFalse(readings.isCommittedReading(AREA, first, 1, _only(right)), "position");
        vm.assertFalse(readings.isCommittedReading(OTHER_AREA, first, 0, _only(right)), "area");
        first.salt = "another";
        vm.assertFalse(readings.isCommittedReading(AREA, first, 0, _only(right)), "salt");
        // Both registers moved alike: the energy is right and the reading is not.
        second.exportStart += 1;
        second.exportEnd += 1;
        vm.assertFalse(readings.isCommittedReading(AREA, second, 1, _only(left)), "registers");
    }

    function test_isCommittedReading_isFalseForARegisterThatRunsBackwards() public view {
        bytes[] memory none = new bytes[](0);
        vm.assertFalse(readings.isCommittedReading(AREA, _reading(1, 2, 1, 0, 0), 0, none), "import");
        vm.assertFalse(readings.isCommittedReading(AREA, _reading(1, 0, 0, 2, 1), 0, none), "export");
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
            reading.salt
        );
        return abi.encodePacked(keccak256(abi.encodePacked(bytes1(0x00), leaf)), importSum, exportSum);
    }

    function _only(bytes memory sibling) private pure returns (bytes[] memory siblings) {
        siblings = new bytes[](1);
        siblings[0] = sibling;
    }
}
