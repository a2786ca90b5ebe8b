// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChallenges} from "../../../contracts/settlement/IChallenges.sol";
import {AreaId, MemberId, Money} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {ChallengeWorld} from "./ChallengeWorld.sol";

// Given a challenge that is accepted
//   with any bit of its proofs changed, in statement, period, reading, fills, nodes or payments, it reverts
contract ChallengeProofsTest is ChallengeWorld {
    function setUp() public override {
        super.setUp();
        _periods[0].levies = Money.wrap(Money.unwrap(_periods[0].levies) + 9);
        _takeSums(0);
        _paidLie = 900;
        _seal();
    }

    function test_challenges_areAcceptedAsTheyAre() public {
        vm.assertTrue(_isAccepted(_periodChallenge()), "of the period");
        vm.assertTrue(_isAccepted(_statementChallenge()), "of the statement");
    }

    function testFuzz_challengePeriod_revertsForAnyChangedBit(uint256 seed) public {
        bytes memory challenge = _periodChallenge();
        bytes memory changed = _changed(challenge, seed);
        if (_isSame(this.periodMeaningOf, challenge, changed)) return;
        vm.assertFalse(_isAccepted(changed), "refused");
    }

    function testFuzz_challengeStatement_revertsForAnyChangedBit(uint256 seed) public {
        bytes memory challenge = _statementChallenge();
        bytes memory changed = _changed(challenge, seed);
        if (_isSame(this.statementMeaningOf, challenge, changed)) return;
        vm.assertFalse(_isAccepted(changed), "refused");
    }

    function periodMeaningOf(bytes calldata call) external pure returns (bytes32) {
        (
            MemberId challenger,
            AreaId area,
            IChallenges.StatementProof memory statement,
            IChallenges.PeriodProof memory period,
            IChallenges.ReadingProof memory reading,
            bytes[] memory fills
        ) = abi.decode(
                call[4:],
                (
                    MemberId,
                    AreaId,
                    IChallenges.StatementProof,
                    IChallenges.PeriodProof,
                    IChallenges.ReadingProof,
                    bytes[]
                )
            );
        return keccak256(abi.encode(challenger, area, statement, period, reading, fills));
    }

    function statementMeaningOf(bytes calldata call) external pure returns (bytes32) {
        (
            MemberId challenger,
            AreaId area,
            IChallenges.StatementProof memory statement,
            bytes memory nodes,
            bytes[] memory payments
        ) = abi.decode(call[4:], (MemberId, AreaId, IChallenges.StatementProof, bytes, bytes[]));
        return keccak256(abi.encode(challenger, area, statement, nodes, payments));
    }

    function _periodChallenge() private view returns (bytes memory) {
        return
            abi.encodeCall(
                IChallenges.challengePeriod,
                (_bob, AREA, _statementProof(), _periodProof(0), _readingProof(0, 0), _fills())
            );
    }

    function _statementChallenge() private view returns (bytes memory) {
        return
            abi.encodeCall(
                IChallenges.challengeStatement,
                (_bob, AREA, _statementProof(), _nodes(), _payments)
            );
    }

    /// @dev One bit is another, behind the selector.
    function _changed(bytes memory challenge, uint256 seed) private pure returns (bytes memory changed) {
        changed = bytes.concat(challenge);
        changed[4 + (seed % (challenge.length - 4))] ^= bytes1(uint8(1 << ((seed >> 128) % 8)));
    }

    /// @dev What only fills words up, or says where something lies that lies elsewhere just as well, says nothing.
    function _isSame(
        function(bytes memory) external pure returns (bytes32) meaningOf,
        bytes memory challenge,
        bytes memory changed
    ) private pure returns (bool) {
        try meaningOf(changed) returns (bytes32 meaning) {
            return meaning == meaningOf(challenge);
        } catch {
            return false;
        }
    }

    function _isAccepted(bytes memory challenge) private returns (bool isAccepted) {
        vm.prank(_addressOf(_bob));
        (isAccepted, ) = address(challenges).call(challenge);
    }
}
