// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChallenges} from "../../../contracts/settlement/IChallenges.sol";
import {SettlementLines} from "../../../contracts/settlement/SettlementLines.sol";
import {MemberId, Money, Price, TraderNumber} from "../../../contracts/types/Types.sol";
import {SealedDraw} from "../market/SealedDraw.sol";
import {vm} from "../Vm.sol";
import {ChallengeWorld} from "./ChallengeWorld.sol";

// challengePeriod, given a sealed day
//   where the statement's member is not revealed, it reverts; whoever challenges reveals it first
//   where it is revealed, it is judged by the fills of its trader, those of lower trader numbers before it
//   where the member has no keys, it traded nothing, and needs no reveal
// challengePeriod, given a day that fell back to open keys, it is judged by the fills of the member's own number
contract SealedChallengesTest is ChallengeWorld {
    using SealedDraw for SealedDraw.Book;

    SealedDraw.Book private _book;

    function test_challengePeriod_needsTheTradersNumber() public {
        _sealDay();
        _seal();
        bytes memory unknown = abi.encodeWithSelector(
            IChallenges.ChallengesTraderUnknown.selector,
            AREA,
            DAY,
            _alice
        );
        vm.expectRevert(unknown);
        this.challenge(_bob, 0);
        // Another member's number does not help.
        _book.reveal(_zoe);
        vm.expectRevert(unknown);
        this.challenge(_alice, 0);
    }

    function test_challengePeriod_rejectsWhatIsTrue() public {
        _sealDay();
        _seal();
        _book.reveal(_alice);
        for (uint256 position = 0; position < PERIODS; ++position) {
            vm.expectEmit();
            emit IChallenges.ChallengeRejected(AREA, DAY, 0, _alice, _periodAt(position), _bob);
            this.challenge(_bob, position);
        }
    }

    function test_challengePeriod_correctsByTheTradersFills() public {
        _sealDay();
        // As if the operator had left Alice's trade out: she pays for all her import as for a shortage.
        _periods[1].bought = 0;
        _periods[1].energy = Money.wrap(Money.unwrap(_periods[1].energy) + 700);
        _takeSums(1);
        _seal();
        _book.reveal(_alice);
        uint256 balance = accounts.balanceOf(_alice);
        this.challenge(_bob, 1);
        vm.assertEq(challenges.correctionOf(AREA, DAY, 0, _alice), -700, "corrected");
        vm.assertEq(accounts.balanceOf(_alice), balance + 700, "paid to the member");
    }

    function test_challengePeriod_knowsWhoHasNoKeys() public {
        vm.warp(DAY_START);
        members.deactivateMember(_alice);
        _sealDay();
        // What is true of her is that she bought nothing.
        _periods[0].bought = 0;
        _setLines(
            0,
            SettlementLines.linesOf(
                PRICE,
                areas.tariffOf(AREA, FIRST_PERIOD),
                SettlementLines.Traded(0, 0, 0, 0),
                SettlementLines.Metered(_periods[0].imported, _periods[0].exported)
            )
        );
        _seal();
        vm.expectEmit();
        emit IChallenges.ChallengeRejected(AREA, DAY, 0, _alice, _periodAt(0), _bob);
        this.challenge(_bob, 0);
    }

    function test_challengePeriod_knowsMembersOfADayThatFellBack() public {
        vm.warp(DAY_START - 1 days);
        tradingDays.sealKeys(AREA);
        vm.warp(DAY_START + 1 hours);
        tradingDays.publishKeys(AREA, DAY, 600);
        vm.warp(COMMITTED_AT);
        _seal();
        vm.expectEmit();
        emit IChallenges.ChallengeRejected(AREA, DAY, 0, _alice, _periodAt(0), _bob);
        this.challenge(_bob, 0);
    }

    function challenge(MemberId challenger, uint256 position) external {
        IChallenges.StatementProof memory statement = _statementProof();
        IChallenges.PeriodProof memory period = _periodProof(position);
        IChallenges.ReadingProof memory reading = _readingProof(0, position);
        bytes[] memory fills = _fills();
        vm.prank(_addressOf(challenger));
        challenges.challengePeriod(challenger, AREA, statement, period, reading, fills);
    }

    /// @dev In any sequence in which Zoe's number is below Alice's, so that the true statement is the same.
    function _sealDay() private {
        vm.warp(DAY_START);
        _fund(_zoe, DEPOSIT);
        tradingDays.sealKeys(AREA);
        _book.open(tradingDays, AREA, DAY);
        uint256 seed = 0;
        while (!_isZoeFirst(_book.draw(seed))) ++seed;
        _book.publish(seed);
        for (uint256 position = 0; position < PERIODS; ++position) {
            auction.setCleared(AREA, _periodAt(position), Price.wrap(PRICE), 1_334, _fills());
        }
        vm.warp(COMMITTED_AT);
    }

    /// @return Whether Zoe's number is below Alice's, if she has one.
    function _isZoeFirst(SealedDraw.Page memory page) private view returns (bool) {
        uint256 zoe = 0;
        uint256 alice = type(uint256).max;
        for (uint256 i = 0; i < page.links.length; ++i) {
            uint256 number = TraderNumber.unwrap(page.links[i].trader);
            if (MemberId.unwrap(page.links[i].memberId) == MemberId.unwrap(_zoe)) zoe = number;
            if (MemberId.unwrap(page.links[i].memberId) == MemberId.unwrap(_alice)) alice = number;
        }
        return zoe < alice;
    }

    /// @dev By trader numbers where the day is sealed.
    function _fills() internal view override returns (bytes[] memory fills) {
        if (_book.pages.length == 0) return super._fills();
        fills = new bytes[](2);
        fills[0] = abi.encodePacked(_numberOf(_zoe), uint32(333), _numberOf(_alice), uint32(1_001));
        fills[1] = abi.encodePacked(_numberOf(_bob), uint32(1_334) | (uint32(1) << 31));
    }

    /// @return The member's trader number, or one that nobody has.
    function _numberOf(MemberId member) private view returns (MemberId) {
        bool hasKeys = tradingDays.allowanceOf(AREA, DAY, member) != 0;
        return hasKeys ? _book.traderOf(member) : MemberId.wrap(99);
    }
}
