// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IFlexCalendars} from "../../../contracts/flexibility/IFlexCalendars.sol";
import {IFlexChallenges} from "../../../contracts/flexibility/IFlexChallenges.sol";
import {IFlexNominations} from "../../../contracts/flexibility/IFlexNominations.sol";
import {IFlexSettlement} from "../../../contracts/flexibility/IFlexSettlement.sol";
import {MockFlexMarket} from "../../../contracts/mocks/MockFlexMarket.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {AreaId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexDay} from "./FlexDay.sol";

// Every function that settles flexibility and that not anybody may call, called by a stranger.
contract FlexSettlementAccessTest is FlexDay {
    address private constant STRANGER_ = address(0xbeef);
    AreaId private constant NO_AREA = AreaId.wrap(0);

    /// @custom:refuses FlexNominations.nominate
    function test_nominate_refusesOutsiders() public {
        _expectRefusal(
            address(nominations),
            IFlexNominations.nominate.selector,
            MockFlexMarket.MockFlexMarketNotTheAggregator.selector
        );
    }

    /// @custom:refuses FlexCalendars.setUtcOffset
    function test_setUtcOffset_refusesOutsiders() public {
        _expectRoleMissing(address(calendars), IFlexCalendars.setUtcOffset.selector, Role.DSO);
    }

    /// @custom:refuses FlexCalendars.setHolidays
    function test_setHolidays_refusesOutsiders() public {
        _expectRoleMissing(address(calendars), IFlexCalendars.setHolidays.selector, Role.DSO);
    }

    /// @custom:refuses FlexSettlement.commitRun
    function test_commitRun_refusesOutsiders() public {
        _expectRoleMissing(address(flexSettlement), IFlexSettlement.commitRun.selector, Role.MarketOperator);
    }

    /// @custom:refuses FlexSettlement.voidRun
    function test_voidRun_refusesOutsiders() public {
        _expectRefusal(
            address(flexSettlement),
            IFlexSettlement.voidRun.selector,
            IAccessManaged.AccessManagedUnauthorized.selector
        );
    }

    /// @custom:refuses FlexChallenges.challengeAsset
    function test_challengeAsset_refusesOutsiders() public {
        _expectNotTheMember(IFlexChallenges.challengeAsset.selector);
    }

    /// @custom:refuses FlexChallenges.challengeReading
    function test_challengeReading_refusesOutsiders() public {
        _expectNotTheMember(IFlexChallenges.challengeReading.selector);
    }

    /// @custom:refuses FlexChallenges.challengeNeighbours
    function test_challengeNeighbours_refusesOutsiders() public {
        _expectNotTheMember(IFlexChallenges.challengeNeighbours.selector);
    }

    /// @custom:refuses FlexChallenges.challengeBaseline
    function test_challengeBaseline_refusesOutsiders() public {
        _expectNotTheMember(IFlexChallenges.challengeBaseline.selector);
    }

    /// @custom:refuses FlexChallenges.challengeEntry
    function test_challengeEntry_refusesOutsiders() public {
        _expectNotTheMember(IFlexChallenges.challengeEntry.selector);
    }

    /// @custom:refuses FlexChallenges.challengeAggregator
    function test_challengeAggregator_refusesOutsiders() public {
        _expectNotTheMember(IFlexChallenges.challengeAggregator.selector);
    }

    /// @custom:refuses FlexChallenges.challengeStatement
    function test_challengeStatement_refusesOutsiders() public {
        _expectNotTheMember(IFlexChallenges.challengeStatement.selector);
    }

    /// @custom:refuses FlexChallenges.challengeStatements
    function test_challengeStatements_refusesOutsiders() public {
        _expectNotTheMember(IFlexChallenges.challengeStatements.selector);
    }

    /// @dev In the name of the DSO, with zeros for everything else.
    function _expectNotTheMember(bytes4 selector) private {
        bytes memory reason = _reasonOf(
            address(flexChallenges),
            bytes.concat(selector, abi.encode(DSO_ID), new bytes(4_096))
        );
        vm.assertEq(
            reason,
            abi.encodeWithSelector(IFlexChallenges.FlexChallengesNotTheMember.selector, DSO_ID, STRANGER_),
            "refused, but not as an outsider"
        );
    }

    function _expectRefusal(address target, bytes4 selector, bytes4 error_) private {
        bytes memory reason = _reasonOf(target, bytes.concat(selector, new bytes(4_096)));
        vm.assertEq(bytes32(bytes4(reason)), bytes32(error_), "refused, but not as an outsider");
    }

    function _expectRoleMissing(address target, bytes4 selector, Role role) private {
        bytes memory reason = _reasonOf(target, bytes.concat(selector, new bytes(4_096)));
        vm.assertEq(reason, _roleMissing(STRANGER_, role, NO_AREA), "refused, but not for the role");
    }

    function _reasonOf(address target, bytes memory data) private returns (bytes memory reason) {
        bool isDone;
        vm.prank(STRANGER_);
        // solhint-disable-next-line avoid-low-level-calls
        (isDone, reason) = target.call(data);
        vm.assertFalse(isDone, "an outsider was let in");
    }
}
