// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICredentialRegistry} from "../../../contracts/identity/ICredentialRegistry.sol";
import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {ITradingDays} from "../../../contracts/market/ITradingDays.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {MemberId, Price} from "../../../contracts/types/Types.sol";
import {Session} from "../market/Session.sol";
import {vm} from "../Vm.sol";

// registerMembers
//   given a household without a membership of the very area, or without a connection point of it, or one that is
//     suspended or over, it reverts; nor does it do with another commitment than the DSO's, or with none
//   given a meter's key without a meter's credential, or an institution without the one of its name, it reverts
//   given an account that is a household of the area already, it reverts; in another area it does not
// noteCredentials
//   given a household that loses a credential, its order is void in the very next session; one that expires, from then on
//   given a credential that is back, its orders count again, and those of the time between stay void
//   given a credential in the place of another, nothing changes but until when it trades
//   given a consumer, it has bids and no offers, its delegate neither
//   given nothing that changed, anybody's call changes nothing
// replaceTradingKey
//   given anybody but the owner, a key that is taken or was revoked, or an inactive member, it reverts
//   given a new key, the former signs nothing from then on, and the new one from the next page on
// ownerOf, actsFor, withdraw
//   given an account with another owner, the owner acts and withdraws, and the account's own key does not
contract MemberStandingTest is Session {
    address private constant ACCOUNT = address(0xacc);
    address private constant NEW_KEY = address(0x4e3);

    MemberId private _buyer;
    MemberId private _seller;

    function setUp() public override {
        super.setUp();
        _buyer = _registerHousehold();
        _seller = _registerHousehold();
    }

    function test_registerMembers_needsAMembershipAndAConnectionOfTheArea() public {
        IMemberRegistry.Registration[] memory one = _unadmitted();
        _expectMissing(one);
        _issue(ACCOUNT, Role.Prosumer, AREA);
        _expectMissing(one);
        _issueUntil(ACCOUNT, Role.ConnectionPoint, OTHER_AREA, _connectionOf(ACCOUNT), FOR_EVER);
        _issueUntil(ACCOUNT, Role.ConnectionPoint, EVERY_AREA, _connectionOf(ACCOUNT), FOR_EVER);
        _expectMissing(one);
        bytes32 connection = _issueUntil(
            ACCOUNT,
            Role.ConnectionPoint,
            AREA,
            _connectionOf(ACCOUNT),
            FOR_EVER
        );
        credentials.suspendCredentials(_list(connection));
        _expectMissing(one);
        credentials.reinstateCredentials(_list(connection));
        members.registerMembers(AREA, one);
        vm.assertEq(
            MemberId.unwrap(members.householdOf(ACCOUNT, AREA)),
            members.memberCount(),
            "the account's household"
        );
    }

    function test_registerMembers_revertsForWhatIsOver() public {
        IMemberRegistry.Registration[] memory one = _unadmitted();
        _issueUntil(ACCOUNT, Role.Prosumer, AREA, 0, uint40(LONG_BEFORE + 10));
        _issueUntil(ACCOUNT, Role.ConnectionPoint, AREA, _connectionOf(ACCOUNT), FOR_EVER);
        vm.warp(LONG_BEFORE + 10);
        _expectMissing(one);
    }

    function test_registerMembers_revertsForAnotherConnectionPoint() public {
        IMemberRegistry.Registration[] memory one = _unadmitted();
        _issueHousehold(AREA, ACCOUNT, address(0));
        one[0].connectionPoint = "another";
        _expectWrongConnection(one, _connectionOf(ACCOUNT));
        _issueUntil(ACCOUNT, Role.ConnectionPoint, AREA, 0, FOR_EVER);
        one[0].connectionPoint = 0;
        _expectWrongConnection(one, 0);
    }

    function test_registerMembers_needsTheMetersAndTheInstitutionsCredentials() public {
        IMemberRegistry.Registration[] memory one = _unadmitted();
        _issueHousehold(AREA, ACCOUNT, address(0));
        one[0].meterKey = address(0x3e7e4);
        vm.expectRevert(_roleMissing(address(0x3e7e4), Role.Meter, AREA));
        members.registerMembers(AREA, one);

        IMemberRegistry.Kind[4] memory kinds = [
            IMemberRegistry.Kind.Supplier,
            IMemberRegistry.Kind.DSO,
            IMemberRegistry.Kind.TaxAuthority,
            IMemberRegistry.Kind.PlatformOperator
        ];
        Role[4] memory roles = [Role.Supplier, Role.DSO, Role.TaxAuthority, Role.PlatformOperator];
        one[0].meterKey = address(0);
        for (uint256 i = 0; i < kinds.length; ++i) {
            one[0].kind = kinds[i];
            vm.expectRevert(_roleMissing(ACCOUNT, roles[i], OTHER_AREA));
            members.registerMembers(OTHER_AREA, one);
            _issue(ACCOUNT, roles[i], OTHER_AREA);
            members.registerMembers(OTHER_AREA, one);
        }
    }

    function test_registerMembers_takesAnAccountOnceAnArea() public {
        members.registerMembers(AREA, _admitted(AREA, ACCOUNT, address(0), address(0)));
        IMemberRegistry.Registration[] memory again = _admitted(AREA, ACCOUNT, NEW_KEY, address(0));
        vm.expectRevert(
            abi.encodeWithSelector(IMemberRegistry.MemberRegistryAccountTaken.selector, AREA, ACCOUNT)
        );
        members.registerMembers(AREA, again);
        members.registerMembers(OTHER_AREA, _admitted(OTHER_AREA, ACCOUNT, NEW_KEY, address(0)));
    }

    function test_orders_areVoidFromTheLossOfACredentialOn() public {
        Role[2] memory roles = [Role.Prosumer, Role.ConnectionPoint];
        for (uint256 i = 0; i < roles.length; ++i) {
            uint256 before = vm.snapshotState();
            _publishKeys();
            vm.warp(GATE_CLOSURE);
            vm.expectEmit();
            emit IMemberRegistry.MemberStandingChanged(_seller, false, 0, 0);
            credentials.revokeCredentials(_list(_heldBy(_seller, roles[i])));
            _requireTrade(false);
            vm.assertTrue(vm.revertToState(before), "undone");
        }
    }

    function test_orders_countWhereACredentialWasLostAfterGateClosure() public {
        _publishKeys();
        vm.warp(GATE_CLOSURE + 1);
        credentials.revokeCredentials(_list(_heldBy(_seller, Role.Prosumer)));
        _requireTrade(true);
    }

    function test_orders_ofTheTimeBetweenAreVoidThoughTheCredentialIsBack() public {
        _publishKeys();
        bytes32[] memory one = _list(_heldBy(_seller, Role.Prosumer));
        vm.warp(GATE_CLOSURE - 10);
        credentials.suspendCredentials(one);
        vm.warp(GATE_CLOSURE + 1);
        credentials.reinstateCredentials(one);
        _requireTrade(false);
        vm.assertEq(_revokedAt(_seller, GATE_CLOSURE - 11), 0, "before");
        vm.assertEq(_revokedAt(_seller, GATE_CLOSURE - 10), GATE_CLOSURE - 10, "between");
        vm.assertEq(_revokedAt(_seller, GATE_CLOSURE + 1), 0, "afterwards");
    }

    function test_orders_countAgainWhenTheCredentialIsBackInTime() public {
        _publishKeys();
        bytes32[] memory one = _list(_heldBy(_seller, Role.Prosumer));
        credentials.suspendCredentials(one);
        vm.warp(GATE_CLOSURE);
        vm.expectEmit();
        emit IMemberRegistry.MemberStandingChanged(_seller, true, 3, FOR_EVER);
        credentials.reinstateCredentials(one);
        _requireTrade(true);
    }

    function test_keys_areNotPublishedWithoutStanding() public {
        bytes32[] memory one = _list(_heldBy(_seller, Role.Prosumer));
        credentials.suspendCredentials(one);
        _publishKeys();
        vm.assertEq(tradingDays.entryCountOf(AREA, DAY), 1, "the buyer's");
        vm.assertEq(_indexOf(_seller), type(uint16).max, "none");
    }

    function test_keys_tradeUntilTheFirstCredentialExpires() public {
        // The gate of the day's 65th period, which is the first that is traded, closes in time, and the next does not.
        _issueUntil(_accountOf(_seller), Role.Prosumer, AREA, 0, uint40(GATE_CLOSURE + 1));
        _publishKeys();
        vm.assertEq(_entryOf(_seller).validPeriods, 65, "up to the period");
        vm.assertEq(_entryOf(_buyer).validPeriods, 96, "the whole day");
        _requireTrade(true);
    }

    function test_keys_doNotTradeWhereACredentialExpiresAtGateClosure() public {
        _issueUntil(
            _accountOf(_seller),
            Role.ConnectionPoint,
            AREA,
            _connectionOf(_accountOf(_seller)),
            uint40(GATE_CLOSURE)
        );
        _publishKeys();
        vm.assertEq(_entryOf(_seller).validPeriods, 64, "up to the period before");
        _requireTrade(false);
    }

    function test_noteCredentials_movesTheEndAndRevokesNothing() public {
        vm.expectEmit();
        emit IMemberRegistry.MemberStandingChanged(_seller, true, 3, uint40(START));
        _issueUntil(_accountOf(_seller), Role.Prosumer, AREA, 0, uint40(START));
        vm.assertEq(members.revocationBits(0), 0, "no bit");
        vm.assertEq(_revokedAt(_seller, block.timestamp), 0, "not revoked");
    }

    function test_noteCredentials_ofAnybodyChangesNothingThatIsSo() public {
        vm.recordLogs();
        vm.prank(STRANGER);
        members.noteCredentials(_accountOf(_seller), AREA);
        vm.prank(STRANGER);
        members.noteCredentials(STRANGER, AREA);
        vm.assertEq(vm.getRecordedLogs().length, 0, "nothing");
        // What expired is noted by whoever says so.
        _issueUntil(_accountOf(_seller), Role.Prosumer, AREA, 0, uint40(LONG_BEFORE + 5));
        vm.warp(LONG_BEFORE + 5);
        vm.prank(STRANGER);
        members.noteCredentials(_accountOf(_seller), AREA);
        vm.assertEq(_revokedAt(_seller, LONG_BEFORE + 5), LONG_BEFORE + 5, "over");
    }

    function test_consumer_onlyBuys() public {
        _becomeConsumer(_seller);
        IMemberRegistry.Delegation memory delegation = _delegationTo(NEW_KEY);
        vm.prank(_accountOf(_seller));
        members.delegateTrading(_seller, delegation);
        _publishKeys();
        vm.assertEq(_entryOf(_seller).sides, 1, "bids");
        vm.assertEq(tradingDays.entryCountOf(AREA, DAY), 2, "no entry of a delegate that may do nothing");
        _requireTrade(false);
    }

    function test_microgridTrader_buysAndSells() public {
        credentials.revokeCredentials(_list(_heldBy(_seller, Role.Prosumer)));
        _issue(_accountOf(_seller), Role.MicrogridTrader, AREA);
        _publishKeys();
        vm.assertEq(_entryOf(_seller).sides, 3, "both");
    }

    function test_renounceCredential_isForWhoeverOwnsTheHouseholdsAccount() public {
        bytes32 held = _heldBy(_seller, Role.Prosumer);
        address former = _accountOf(_seller);
        vm.prank(former);
        dids.changeOwner(former, STRANGER);
        vm.expectRevert(
            abi.encodeWithSelector(ICredentialRegistry.CredentialRegistryNotTheSubject.selector, held, former)
        );
        vm.prank(former);
        credentials.renounceCredential(held);
        vm.assertTrue(credentials.isValidAt(held, block.timestamp), "kept");
        vm.prank(STRANGER);
        credentials.renounceCredential(held);
        vm.assertFalse(credentials.isValidAt(held, block.timestamp), "given up");
    }

    function test_replaceTradingKey_revokesTheFormerAtOnce() public {
        _publishKeys();
        vm.warp(GATE_CLOSURE);
        address former = _accountOf(_seller);
        vm.expectEmit();
        emit IMemberRegistry.TradingKeyReplaced(_seller, former, NEW_KEY);
        vm.prank(former);
        members.replaceTradingKey(_seller, NEW_KEY);
        vm.assertEq(members.tradingRightOf(_seller).tradingKey, NEW_KEY, "the new one");
        vm.assertEq(_revokedAt(_seller, GATE_CLOSURE), GATE_CLOSURE, "the former");
        vm.assertEq(members.keyRevokedAt(_seller, NEW_KEY, GATE_CLOSURE), 0, "not the new one");
        _requireTrade(false);
    }

    function test_replaceTradingKey_isPublishedWithTheNextPage() public {
        vm.prank(_accountOf(_seller));
        members.replaceTradingKey(_seller, NEW_KEY);
        _publishKeys();
        vm.assertEq(_entryOf(_seller).key, NEW_KEY, "on the page");
    }

    function test_replaceTradingKey_reverts() public {
        members.registerMembers(AREA, _admitted(AREA, ACCOUNT, address(0x71), address(0)));
        MemberId memberId = members.householdOf(ACCOUNT, AREA);
        address[2] memory others = [address(0x71), STRANGER];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IMemberRegistry.MemberRegistryNotTheMember.selector,
                    memberId,
                    others[i]
                )
            );
            vm.prank(others[i]);
            members.replaceTradingKey(memberId, NEW_KEY);
        }
        _expectReplacing(
            memberId,
            _accountOf(_buyer),
            abi.encodeWithSelector(IMemberRegistry.MemberRegistryKeyTaken.selector, _accountOf(_buyer))
        );
        _expectReplacing(
            memberId,
            address(0),
            abi.encodeWithSelector(IMemberRegistry.MemberRegistryInvalidKey.selector, address(0))
        );
        IMemberRegistry.Delegation memory delegation = _delegationTo(address(0x72));
        vm.prank(ACCOUNT);
        members.delegateTrading(memberId, delegation);
        _expectReplacing(
            memberId,
            address(0x72),
            abi.encodeWithSelector(IMemberRegistry.MemberRegistryInvalidKey.selector, address(0x72))
        );
        members.deactivateMember(memberId);
        _expectReplacing(
            memberId,
            NEW_KEY,
            abi.encodeWithSelector(IMemberRegistry.MemberRegistryInactive.selector, memberId)
        );
    }

    function test_owner_actsAndWithdrawsInTheAccountsPlace() public {
        members.registerMembers(AREA, _admitted(AREA, ACCOUNT, address(0x71), address(0)));
        MemberId memberId = members.householdOf(ACCOUNT, AREA);
        _fund(memberId, 100);
        vm.prank(ACCOUNT);
        dids.changeOwner(ACCOUNT, STRANGER);

        vm.assertEq(members.ownerOf(memberId), STRANGER, "owner");
        vm.assertTrue(members.actsFor(AREA, memberId, STRANGER), "the owner acts");
        vm.assertFalse(members.actsFor(AREA, memberId, ACCOUNT), "the former does not");
        vm.expectRevert(abi.encodeWithSelector(IAccounts.AccountsNotTheOwner.selector, memberId, ACCOUNT));
        vm.prank(ACCOUNT);
        accounts.withdraw(memberId, 100);
        vm.prank(STRANGER);
        accounts.withdraw(memberId, 100);
        vm.assertEq(currency.balanceOf(STRANGER), 100, "to the owner");
        vm.prank(STRANGER);
        members.replaceTradingKey(memberId, NEW_KEY);
    }

    /// @dev Clears a session of a bid and an offer that cross.
    function _requireTrade(bool isExpected) private {
        bytes memory orders = bytes.concat(
            _pack(_bid(_buyer, 500, 200_000)),
            _pack(_offer(_seller, 500, 50_000))
        );
        if (block.timestamp < GATE_CLOSURE) vm.warp(GATE_CLOSURE);
        auction.closeGate(AREA, FIRST_PERIOD, 2, _chainOf(orders));
        _clear(isExpected ? _claim(125_000, 500, 500, 500, 500) : _noTrade(), orders);
        vm.assertTrue(auction.sessionOf(AREA, FIRST_PERIOD).hasTrade == isExpected, "trade");
    }

    /// @dev Of offers alone.
    function _delegationTo(address key) private pure returns (IMemberRegistry.Delegation memory) {
        return
            IMemberRegistry.Delegation({
                key: key,
                sides: 2,
                quantityLimit: QUANTITY_LIMIT,
                lowestPrice: Price.wrap(0),
                highestPrice: Price.wrap(100),
                expiry: type(uint32).max
            });
    }

    function _becomeConsumer(MemberId memberId) private {
        credentials.revokeCredentials(_list(_heldBy(memberId, Role.Prosumer)));
        _issue(_accountOf(memberId), Role.Consumer, AREA);
    }

    function _expectMissing(IMemberRegistry.Registration[] memory one) private {
        vm.expectRevert(
            abi.encodeWithSelector(IMemberRegistry.MemberRegistryCredentialMissing.selector, AREA, ACCOUNT)
        );
        members.registerMembers(AREA, one);
    }

    function _expectWrongConnection(IMemberRegistry.Registration[] memory one, bytes32 credentials_) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IMemberRegistry.MemberRegistryWrongConnectionPoint.selector,
                one[0].connectionPoint,
                credentials_
            )
        );
        members.registerMembers(AREA, one);
    }

    function _expectReplacing(MemberId memberId, address key, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(ACCOUNT);
        members.replaceTradingKey(memberId, key);
    }

    function _unadmitted() private pure returns (IMemberRegistry.Registration[] memory one) {
        one = new IMemberRegistry.Registration[](1);
        one[0].account = ACCOUNT;
        one[0].quantityLimit = QUANTITY_LIMIT;
        one[0].connectionPoint = _connectionOf(ACCOUNT);
    }

    function _heldBy(MemberId memberId, Role role) private view returns (bytes32) {
        return credentials.heldBy(_accountOf(memberId), role, AREA);
    }

    function _revokedAt(MemberId memberId, uint256 time) private view returns (uint256) {
        return members.keyRevokedAt(memberId, _accountOf(memberId), time);
    }

    function _entryOf(MemberId memberId) private view returns (ITradingDays.Entry memory) {
        return tradingDays.entriesOf(AREA, DAY, _indexOf(memberId), 1)[0];
    }

    function _list(bytes32 credentialId) private pure returns (bytes32[] memory one) {
        one = new bytes32[](1);
        one[0] = credentialId;
    }
}
