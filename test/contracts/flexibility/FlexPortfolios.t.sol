// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexPortfolios} from "../../../contracts/flexibility/IFlexPortfolios.sol";
import {IFlexProducts} from "../../../contracts/flexibility/IFlexProducts.sol";
import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {AreaId, MemberId, PortfolioId, ProductId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexWorld} from "./FlexWorld.sol";

// openPortfolio
//   given nobody who acts for an aggregator, a member of another kind, an aggregator without its credential, no name or a
//     fee above all of it, it reverts
// join
//   given nobody who acts for the member, a member of another kind, a product of another area or a retired one, no consent
//     or one for more than a year, it reverts; given a membership that lasts still, be it in the same portfolio, it reverts
// leave
//   given a stranger, or a membership that is not there, it reverts; portfolioAt says where the member was at any time
contract FlexPortfoliosTest is FlexWorld {
    MemberId private _member;

    function setUp() public override {
        super.setUp();
        _member = _registerHousehold();
    }

    function test_openPortfolio_keepsItsTerms() public {
        vm.expectEmit();
        emit IFlexPortfolios.PortfolioOpened(
            PortfolioId.wrap(2),
            AREA,
            _aggregatorId,
            "fair",
            1_000,
            IFlexPortfolios.Split.Shapley
        );
        vm.prank(_aggregator);
        PortfolioId portfolio = flexPortfolios.openPortfolio(
            AREA,
            _aggregatorId,
            "fair",
            1_000,
            IFlexPortfolios.Split.Shapley
        );
        (uint16 fee, IFlexPortfolios.Split split) = flexPortfolios.termsOf(portfolio);
        vm.assertEq(fee, 1_000, "fee");
        vm.assertTrue(split == IFlexPortfolios.Split.Shapley, "split");
        vm.assertEq(AreaId.unwrap(flexPortfolios.areaOf(portfolio)), 1, "area");
        vm.assertTrue(_same(flexPortfolios.aggregatorOf(portfolio), _aggregatorId), "aggregator");
        vm.assertEq(flexPortfolios.portfolioCount(), 2, "portfolios");
    }

    function test_openPortfolio_isForAggregators() public {
        bytes memory refused = abi.encodeWithSelector(
            IFlexPortfolios.FlexPortfoliosNotTheAggregator.selector,
            PortfolioId.wrap(0),
            address(this)
        );
        vm.expectRevert(refused);
        flexPortfolios.openPortfolio(AREA, _aggregatorId, "not mine", 0, IFlexPortfolios.Split.ByDelivery);
        vm.expectRevert(_notTheAggregator(0, _aggregator));
        vm.prank(_aggregator);
        flexPortfolios.openPortfolio(
            OTHER_AREA,
            _aggregatorId,
            "elsewhere",
            0,
            IFlexPortfolios.Split.ByDelivery
        );
        // The test acts for the DSO, holds every credential, and is no aggregator all the same.
        vm.expectRevert(refused);
        flexPortfolios.openPortfolio(AREA, DSO_ID, "no kind", 0, IFlexPortfolios.Split.ByDelivery);
    }

    function test_registerMembers_takesSeveralAggregatorsAndOneTso() public {
        MemberId second = _registerAggregator(AGGREGATOR_KEY + 1);
        PortfolioId portfolio = _open(second, vm.addr(AGGREGATOR_KEY + 1));
        vm.assertTrue(_same(flexPortfolios.aggregatorOf(portfolio), second), "its own");
        _register(AREA, IMemberRegistry.Kind.TSO, 0);
        IMemberRegistry.Registration[] memory another = _admitted(AREA, STRANGER, address(0), address(0));
        another[0].kind = IMemberRegistry.Kind.TSO;
        vm.expectRevert(_roleMissing(STRANGER, Role.TSO, AREA));
        members.registerMembers(AREA, another);
        _issue(STRANGER, Role.TSO, AREA);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMemberRegistry.MemberRegistryRoleTaken.selector,
                AREA,
                IMemberRegistry.Kind.TSO
            )
        );
        members.registerMembers(AREA, another);
    }

    function test_requireAggregator_asksForTheCredentialStill() public {
        bytes32[] memory credential = new bytes32[](1);
        credential[0] = credentials.heldBy(_aggregator, Role.Aggregator, AREA);
        credentials.revokeCredentials(credential);
        vm.expectRevert(_roleMissing(_aggregator, Role.Aggregator, AREA));
        flexPortfolios.requireAggregator(_portfolio, _aggregator);
    }

    function test_requireAggregator_refusesOneThatIsInactive() public {
        flexPortfolios.requireAggregator(_portfolio, _aggregator);
        members.deactivateMember(_aggregatorId);
        vm.expectRevert(_notTheAggregator(1, _aggregator));
        flexPortfolios.requireAggregator(_portfolio, _aggregator);
    }

    function test_openPortfolio_revertsForTermsThatAreNone() public {
        _refuseTerms("", 0);
        _refuseTerms(string(new bytes(65)), 0);
        _refuseTerms("dear", 1_001);
    }

    function test_join_isTheMembersConsent() public {
        uint40 until = uint40(block.timestamp + 366 days);
        vm.expectEmit();
        emit IFlexPortfolios.MemberJoined(
            _portfolio,
            _product,
            _member,
            uint40(block.timestamp),
            until,
            "consent"
        );
        _join(_portfolio, until);
        vm.assertTrue(_isIn(_portfolio, block.timestamp), "from now on");
        vm.assertTrue(_isIn(PortfolioId.wrap(0), block.timestamp - 1), "not before");
        vm.assertTrue(_isIn(_portfolio, until - 1), "to the end");
        vm.assertTrue(_isIn(PortfolioId.wrap(0), until), "and no longer");
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexPortfolios.FlexPortfoliosInOtherPortfolio.selector,
                _member,
                _product,
                _portfolio,
                until
            )
        );
        _join(_portfolio, until);
        vm.warp(until);
        _join(_portfolio, until + 1);
    }

    function test_join_isForTheMemberAlone() public {
        vm.expectRevert(
            abi.encodeWithSelector(IFlexPortfolios.FlexPortfoliosNotTheMember.selector, _member, _aggregator)
        );
        vm.prank(_aggregator);
        flexPortfolios.join(_portfolio, _product, _member, uint40(block.timestamp + 1), "consent");
    }

    function test_join_revertsForConsentsThatAreNone() public {
        uint40 present = uint40(block.timestamp);
        _refuseConsent(_product, _member, present, "consent");
        _refuseConsent(_product, _member, present + 366 days + 1, "consent");
        _refuseConsent(_product, _member, present + 1, 0);
        ProductId foreign = flexProducts.defineProduct(OTHER_AREA, "elsewhere", _less());
        _refuseConsent(foreign, _member, present + 1, "consent");
        // No household: nothing of it is measured.
        _refuseConsent(_product, _aggregatorId, present + 1, "consent");
        flexProducts.retireProduct(_product);
        vm.expectRevert(abi.encodeWithSelector(IFlexProducts.FlexProductsRetired.selector, _product));
        _join(_portfolio, present + 1);
    }

    function test_leave_endsItFromThisBlockOn() public {
        _join(_portfolio, uint40(block.timestamp + 30 days));
        vm.warp(block.timestamp + 100);
        vm.expectEmit();
        emit IFlexPortfolios.MemberLeft(_portfolio, _product, _member, _accountOf(_member));
        _leave(_accountOf(_member));
        vm.assertTrue(_isIn(_portfolio, block.timestamp - 1), "until now");
        vm.assertTrue(_isIn(PortfolioId.wrap(0), block.timestamp), "and no longer");
        vm.expectRevert(_notIn());
        _leave(_accountOf(_member));
        PortfolioId other = _open(_aggregatorId, _aggregator);
        _join(other, uint40(block.timestamp + 1));
        vm.assertTrue(_isIn(other, block.timestamp), "in another one at once");
        vm.expectRevert(_notIn());
        _leave(_accountOf(_member));
    }

    function test_leave_isForMemberAndAggregator() public {
        vm.expectRevert(_notIn());
        _leave(_aggregator);
        _join(_portfolio, uint40(block.timestamp + 1));
        vm.expectRevert(_notTheAggregator(1, STRANGER));
        _leave(STRANGER);
        _leave(_aggregator);
        // It came and went in one block, and was never in it.
        vm.assertTrue(_isIn(PortfolioId.wrap(0), block.timestamp), "never in it");
    }

    function testFuzz_portfolioAt_remembersEveryMembership(
        uint16[5] memory stays,
        uint16[5] memory pauses_
    ) public {
        uint256[6] memory starts;
        uint256[6] memory ends;
        PortfolioId other = _open(_aggregatorId, _aggregator);
        for (uint256 i = 0; i < 5; ++i) {
            vm.warp(block.timestamp + pauses_[i]);
            starts[i] = block.timestamp;
            _join(i % 2 == 0 ? _portfolio : other, uint40(block.timestamp + 1 + stays[i]));
            ends[i] = block.timestamp + 1 + stays[i];
            vm.warp(ends[i]);
        }
        for (uint256 i = 0; i < 5; ++i) {
            PortfolioId own = i % 2 == 0 ? _portfolio : other;
            vm.assertTrue(_isIn(own, starts[i]), "at its start");
            vm.assertTrue(_isIn(own, ends[i] - 1), "at its end");
            bool isNextLater = i == 4 || starts[i + 1] > ends[i];
            if (isNextLater) vm.assertTrue(_isIn(PortfolioId.wrap(0), ends[i]), "after it");
        }
    }

    function _leave(address caller) private {
        vm.prank(caller);
        flexPortfolios.leave(_portfolio, _product, _member);
    }

    function _join(PortfolioId portfolio, uint40 until) private {
        vm.prank(_accountOf(_member));
        flexPortfolios.join(portfolio, _product, _member, until, "consent");
    }

    function _isIn(PortfolioId portfolio, uint256 time) private view returns (bool) {
        PortfolioId found = flexPortfolios.portfolioAt(_product, _member, time);
        return PortfolioId.unwrap(found) == PortfolioId.unwrap(portfolio);
    }

    function _refuseTerms(string memory name, uint16 fee) private {
        vm.expectRevert(abi.encodeWithSelector(IFlexPortfolios.FlexPortfoliosInvalidTerms.selector));
        vm.prank(_aggregator);
        flexPortfolios.openPortfolio(AREA, _aggregatorId, name, fee, IFlexPortfolios.Split.ByDelivery);
    }

    function _refuseConsent(ProductId product, MemberId memberId, uint40 until, bytes32 consent) private {
        address account = members.accountOf(memberId);
        vm.expectRevert(abi.encodeWithSelector(IFlexPortfolios.FlexPortfoliosInvalidConsent.selector, until));
        vm.prank(account);
        flexPortfolios.join(_portfolio, product, memberId, until, consent);
    }

    function _notIn() private view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IFlexPortfolios.FlexPortfoliosNotIn.selector,
                _portfolio,
                _product,
                _member
            );
    }

    function _notTheAggregator(uint32 portfolio, address caller) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IFlexPortfolios.FlexPortfoliosNotTheAggregator.selector,
                PortfolioId.wrap(portfolio),
                caller
            );
    }

    function _same(MemberId left, MemberId right) private pure returns (bool) {
        return MemberId.unwrap(left) == MemberId.unwrap(right);
    }
}
