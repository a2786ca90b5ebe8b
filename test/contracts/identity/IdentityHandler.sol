// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {ICredentialRegistry} from "../../../contracts/identity/ICredentialRegistry.sol";
import {IDidRegistry} from "../../../contracts/identity/IDidRegistry.sol";
import {IRecovery} from "../../../contracts/identity/IRecovery.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {AreaId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {DidCallHashes} from "./DidCallHashes.sol";
import {IdentityWorld} from "./IdentityWorld.sol";

/// @dev What five people may try with one another's identities, chosen by the fuzzer. It keeps by itself who may
/// replace the owner of which identity, and compares each attempt with it. Person i has the private key i + 1.
contract IdentityHandler {
    uint256 private constant PEOPLE = 5;
    AreaId private constant AREA = AreaId.wrap(1);

    /// @notice What an identity's owner chose last, and what waits for it.
    struct Expected {
        address owner;
        address[] guardians;
        uint256 threshold;
        bool isManagerBarred;
        uint256 round;
    }

    struct Waiting {
        address newOwner;
        uint256 round;
        uint256 since;
    }

    /// @notice Whether each attempt ended as the rules say: an owner changed by the owner, by guardians enough, or by a
    /// manager whose proposal waited, and by nobody else.
    bool public isByTheRules = true;
    /// @notice How many changes of owner of each kind went through.
    uint256 public ownChanges;
    uint256 public guardiansChanges;
    uint256 public managersChanges;

    IDidRegistry private immutable _didRegistry;
    IRecovery private immutable _recovery;
    ICredentialRegistry private immutable _credentials;
    IdentityWorld private immutable _world;
    DidCallHashes private immutable _hashes;
    mapping(address identity => Expected) private _expected;
    mapping(address identity => mapping(address manager => Waiting)) private _waiting;
    mapping(address identity => mapping(address manager => uint256)) private _barredUntil;
    /// @dev By identity, round and new owner: bits of the people whose guardianship, and who themselves, approved.
    mapping(bytes32 attempt => uint256 bits) private _approvedFor;
    mapping(bytes32 attempt => uint256 bits) private _approvedBy;
    /// @dev Kept here, since the runner sets the time back after every call.
    uint256 private _time = block.timestamp;

    modifier atItsTime() {
        vm.warp(_time);
        _;
    }

    constructor(IdentityWorld world) {
        _didRegistry = world.dids();
        _recovery = world.recovery();
        _credentials = world.credentials();
        _world = world;
        _hashes = new DidCallHashes();
        for (uint256 i = 0; i < PEOPLE; ++i) {
            _expected[_person(i)].owner = _person(i);
            // Every other one manages the area, all are members.
            _world.setHeld(_person(i), Role.CommunityManager, AREA, i % 2 == 0);
            _world.setHeld(_person(i), Role.Prosumer, AREA, true);
            _world.setHeld(_person(i), Role.ConnectionPoint, AREA, true);
        }
    }

    function passTime(uint256 seed) public {
        _time += seed % 12 days;
    }

    function setManager(uint256 seed, bool isManager) public atItsTime {
        _world.setHeld(_person(seed), Role.CommunityManager, AREA, isManager);
    }

    function setMember(uint256 seed, bool isMember) public atItsTime {
        _world.setHeld(_person(seed), Role.Prosumer, AREA, isMember);
    }

    function changeOwner(uint256 identitySeed, uint256 callerSeed, uint256 newSeed) public atItsTime {
        (address identity, address caller) = (_person(identitySeed), _likely(identitySeed, callerSeed));
        address newOwner = _person(newSeed);
        vm.prank(caller);
        try _didRegistry.changeOwner(identity, newOwner) {
            _take(identity, newOwner, caller == _expected[identity].owner, true);
            ++ownChanges;
        } catch {
            if (caller == _expected[identity].owner) isByTheRules = false;
        }
    }

    function changeOwnerSigned(uint256 identitySeed, uint256 callerSeed, uint256 newSeed) external atItsTime {
        address identity = _person(identitySeed);
        uint256 key = _keyOf(_likely(identitySeed, callerSeed));
        IDidRegistry.Authorization memory a = IDidRegistry.Authorization(
            _didRegistry.nonce(identity),
            _time,
            ""
        );
        bytes32 call = _hashes.changeOwner(identity, _person(newSeed), a);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _digestOf(address(_didRegistry), call));
        a.signature = abi.encodePacked(r, s, v);
        try _didRegistry.changeOwnerSigned(identity, _person(newSeed), a) {
            _take(identity, _person(newSeed), vm.addr(key) == _expected[identity].owner, true);
            ++ownChanges;
        } catch {
            if (vm.addr(key) == _expected[identity].owner) isByTheRules = false;
        }
    }

    function choosePlan(
        uint256 identitySeed,
        uint256 callerSeed,
        uint256 guardians,
        uint8 threshold,
        bool isManagerBarred
    ) public atItsTime {
        address identity = _person(identitySeed);
        address caller = _likely(identitySeed, callerSeed);
        IRecovery.Plan memory plan = IRecovery.Plan(_some(guardians), 1 + (threshold % 3), isManagerBarred);
        vm.prank(caller);
        // Refused where guardians are the owner's, or fewer than the threshold.
        try _recovery.choosePlan(identity, plan) {
            Expected storage expected = _expected[identity];
            if (caller != expected.owner || plan.guardians.length < plan.threshold) isByTheRules = false;
            expected.guardians = plan.guardians;
            expected.threshold = plan.threshold;
            expected.isManagerBarred = isManagerBarred;
            ++expected.round;
        } catch {}
    }

    function approve(
        uint256 identitySeed,
        uint256 callerSeed,
        uint256 guardianSeed,
        uint256 newSeed
    ) public atItsTime {
        address identity = _person(identitySeed);
        address guardian = _guardianOf(identity, guardianSeed);
        address caller = callerSeed % 8 == 0 ? _person(callerSeed >> 3) : _expected[guardian].owner;
        // Few new owners, so that approvals meet.
        address newOwner = _person(newSeed % 2);
        uint256 nonce = _recovery.nonceOf(identity);
        IRecovery.Replacement memory replacement = IRecovery.Replacement(
            identity,
            newOwner,
            nonce,
            _latest()
        );
        bool isRight = _isRight(identity, guardian, caller, newOwner);
        vm.prank(caller);
        try _recovery.approve(replacement, guardian) {
            if (!isRight) isByTheRules = false;
            _noteApproval(identity, guardian, caller, newOwner);
        } catch {
            if (isRight) isByTheRules = false;
        }
    }

    function propose(uint256 identitySeed, uint256 managerSeed, uint256 newSeed) public atItsTime {
        (address identity, address manager) = (_person(identitySeed), _person(managerSeed));
        bool isRight =
            _mayManage(identity, manager) &&
                _barredUntil[identity][manager] <= _time &&
                _person(newSeed) != _expected[identity].owner;
        vm.prank(manager);
        try _recovery.propose(identity, _person(newSeed), AREA) {
            if (!isRight) isByTheRules = false;
            _waiting[identity][manager] = Waiting(_person(newSeed), _expected[identity].round, _time);
        } catch {
            if (isRight) isByTheRules = false;
        }
    }

    function refuse(uint256 identitySeed, uint256 callerSeed, uint256 managerSeed) public atItsTime {
        (address identity, address manager) = (_person(identitySeed), _person(managerSeed));
        address caller = _likely(identitySeed, callerSeed);
        bool isRight = caller == _expected[identity].owner && _isWaiting(identity, manager);
        vm.prank(caller);
        try _recovery.refuse(identity, manager) {
            if (!isRight) isByTheRules = false;
            ++_expected[identity].round;
            _barredUntil[identity][manager] = _time + 90 days;
        } catch {
            if (isRight) isByTheRules = false;
        }
    }

    function executeProposal(uint256 identitySeed, uint256 managerSeed) public atItsTime {
        (address identity, address manager) = (_person(identitySeed), _person(managerSeed));
        Waiting memory waiting = _waiting[identity][manager];
        bool isRight =
            _isWaiting(identity, manager) &&
                _mayManage(identity, manager) &&
                _time >= waiting.since + 7 days &&
                _time <= waiting.since + 30 days;
        try _recovery.executeProposal(identity, manager) {
            _take(identity, waiting.newOwner, isRight, false);
            ++managersChanges;
        } catch {
            if (isRight) isByTheRules = false;
        }
    }

    /// @dev Several approvals of one new owner.
    function approveTogether(uint256 identitySeed, uint256 newSeed, uint256 seed) external {
        for (uint256 i = 0; i < 4; ++i) {
            approve(identitySeed, _random(seed, i), _random(seed, i + 4), newSeed);
        }
    }

    /// @dev A proposal with what may come in between.
    function proposeAndExecute(
        uint256 identitySeed,
        uint256 managerSeed,
        uint256 newSeed,
        uint256 seed
    ) external {
        propose(identitySeed, managerSeed, newSeed);
        uint256 between = _random(seed, 0);
        if (between % 8 == 0) setManager(managerSeed, false);
        if (between % 8 == 1) setMember(identitySeed, false);
        if (between % 8 == 2) refuse(identitySeed, _random(seed, 1), managerSeed);
        if (between % 8 == 3) changeOwner(identitySeed, _random(seed, 1), _random(seed, 2));
        if (between % 8 == 4) choosePlan(identitySeed, 1, _random(seed, 1), 0, between % 16 == 4);
        passTime(_random(seed, 3));
        executeProposal(identitySeed, managerSeed);
        if (between % 8 == 0) setManager(managerSeed, true);
        if (between % 8 == 1) setMember(identitySeed, true);
    }

    function areOwnersAsExpected() external view returns (bool) {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            if (_didRegistry.identityOwner(_person(i)) != _expected[_person(i)].owner) return false;
            if (_recovery.planOf(_person(i)).guardians.length != _expected[_person(i)].guardians.length) {
                return false;
            }
        }
        return true;
    }

    function _noteApproval(address identity, address guardian, address caller, address newOwner) private {
        bytes32 attempt = _attemptOf(identity, newOwner);
        _approvedFor[attempt] |= 1 << _keyOf(guardian);
        _approvedBy[attempt] |= 1 << _keyOf(caller);
        uint256 count = 0;
        for (uint256 bits = _approvedFor[attempt]; bits != 0; bits &= bits - 1) ++count;
        if (count < _expected[identity].threshold) return;
        _take(identity, newOwner, true, false);
        ++guardiansChanges;
    }

    function _take(address identity, address newOwner, bool isRight, bool isHandedOver) private {
        Expected storage expected = _expected[identity];
        if (!isRight) isByTheRules = false;
        expected.owner = newOwner;
        ++expected.round;
        if (!isHandedOver) return;
        delete expected.guardians;
        expected.threshold = 0;
    }

    function _isRight(
        address identity,
        address guardian,
        address caller,
        address newOwner
    ) private view returns (bool) {
        Expected storage expected = _expected[identity];
        bytes32 attempt = _attemptOf(identity, newOwner);
        bool isGuardian = false;
        for (uint256 i = 0; i < expected.guardians.length; ++i) {
            if (expected.guardians[i] == guardian) isGuardian = true;
        }
        bool isNew =
            (_approvedFor[attempt] >> _keyOf(guardian)) & 1 == 0 &&
                (_approvedBy[attempt] >> _keyOf(caller)) & 1 == 0;
        return isGuardian && isNew && caller == _expected[guardian].owner && newOwner != expected.owner;
    }

    function _mayManage(address identity, address manager) private view returns (bool) {
        return
            !_expected[identity].isManagerBarred &&
            _credentials.heldBy(manager, Role.CommunityManager, AREA) != 0 &&
            _credentials.heldBy(identity, Role.Prosumer, AREA) != 0;
    }

    function _isWaiting(address identity, address manager) private view returns (bool) {
        Waiting memory waiting = _waiting[identity][manager];
        return waiting.newOwner != address(0) && waiting.round == _expected[identity].round;
    }

    function _attemptOf(address identity, address newOwner) private view returns (bytes32) {
        return keccak256(abi.encode(identity, _expected[identity].round, newOwner, _latest()));
    }

    /// @dev The same deadline for the approvals of some weeks.
    function _latest() private view returns (uint256) {
        return (_time / 28 days + 1) * 28 days;
    }

    /// @dev The owner in most cases, or anybody.
    function _likely(uint256 identitySeed, uint256 seed) private view returns (address) {
        return seed % 3 == 0 ? _person(seed >> 2) : _expected[_person(identitySeed)].owner;
    }

    /// @dev One of the identity's guardians in most cases, or anybody.
    function _guardianOf(address identity, uint256 seed) private view returns (address) {
        address[] memory all = _expected[identity].guardians;
        return seed % 8 == 0 || all.length == 0 ? _person(seed >> 3) : all[(seed >> 3) % all.length];
    }

    function _digestOf(address verifyingContract, bytes32 call) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Commonwatt"),
                keccak256("1"),
                block.chainid,
                verifyingContract
            )
        );
        return MessageHashUtils.toTypedDataHash(domain, call);
    }

    /// @dev Those whose bit is set, ascending.
    function _some(uint256 bits) private pure returns (address[] memory some) {
        address[] memory all = new address[](PEOPLE);
        uint256 count = 0;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            if ((bits >> i) & 1 == 0) continue;
            uint256 place = count++;
            for (; place > 0 && all[place - 1] > _person(i); --place) all[place] = all[place - 1];
            all[place] = _person(i);
        }
        some = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            some[i] = all[i];
        }
    }

    function _random(uint256 seed, uint256 place) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, place)));
    }

    function _person(uint256 seed) private pure returns (address) {
        return vm.addr(1 + (seed % PEOPLE));
    }

    function _keyOf(address person) private pure returns (uint256 key) {
        for (key = 1; vm.addr(key) != person;) ++key;
    }
}
