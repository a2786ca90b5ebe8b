// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexChallenges} from "../../../contracts/flexibility/IFlexChallenges.sol";
import {MemberId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexRun} from "./FlexRun.sol";

/// @dev An operator that draws the day's run rightly or with one figure wrong, members that challenge any leaf of it, and
/// time that passes until it is paid.
contract FlexSettlementHandler is FlexRun {
    uint256 public voided;
    uint256 public wronglyVoided;
    uint256 public missed;
    uint256 public paid;
    bool public isTampered;
    uint256 public held;

    uint256 private _wrongCall;
    uint256 private _wrongLeaf;

    function setUp() public override {
        super.setUp();
        held = _sum();
    }

    function commit(uint256 seed) external {
        if (flexSettlement.runOf(AREA, DAY).committedAt != 0) return;
        if (accounts.bondOf(AREA) < BOND) {
            _mint(BOND);
            accounts.depositBond(AREA, BOND);
            held += BOND;
        }
        _clear();
        _takeAssets();
        isTampered = seed % 3 != 0;
        if (isTampered) _tamper(seed / 3);
        _drawEntries();
        _drawStatements();
        int64 rest = _dsoPays + _tsoPays;
        for (uint256 s = 0; s < STATEMENTS; ++s) rest += _payments[s];
        _payments[0] -= rest;
        _commit();
    }

    /// @dev Whoever holds the leaf that is wrong shows it; any other is right, whatever else may be wrong.
    function challenge(uint256 seed) external {
        if (!_isOpen()) return;
        (uint256 call, uint256 leaf) = (seed % CALLS, (seed / CALLS) % 2);
        if (isTampered && seed % 2 == 0) (call, leaf) = (_wrongCall, _wrongLeaf);
        if (leaf >= _assets[call].length) leaf = 0;
        bool isWrong = isTampered && call == _wrongCall && leaf == _wrongLeaf;
        flexChallenges.challengeAsset(
            DSO_ID,
            AREA,
            DAY,
            _callProof(call),
            _assetProof(call, leaf),
            _assetProof(call, _assets[call].length - 1)
        );
        bool isVoid = flexSettlement.runOf(AREA, DAY).committedAt == 0;
        if (isVoid) ++voided;
        if (isVoid && !isWrong) ++wronglyVoided;
        if (!isVoid && isWrong) ++missed;
    }

    function challengeStatement(uint256 seed) external {
        if (!_isOpen() || isTampered) return;
        uint256 s = seed % STATEMENTS;
        flexChallenges.challengeStatement(DSO_ID, AREA, _statementProof(s), _nodesOf(s), "", _packed());
        if (flexSettlement.runOf(AREA, DAY).committedAt == 0) ++wronglyVoided;
    }

    function pay() external {
        if (flexSettlement.runOf(AREA, DAY).committedAt == 0 || flexSettlement.runOf(AREA, DAY).isPaid)
            return;
        vm.warp(uint256(flexSettlement.runOf(AREA, DAY).committedAt) + WINDOW);
        flexSettlement.payRun(AREA, DAY, _facts(), _packed());
        ++paid;
    }

    function sum() external view returns (uint256) {
        return _sum();
    }

    function _sum() private view returns (uint256 total) {
        for (uint24 id = 1; id <= 8; ++id) total += accounts.balanceOf(MemberId.wrap(id));
        total += accounts.bondOf(AREA) + accounts.fundOf(AREA);
    }

    function _isOpen() private view returns (bool) {
        uint256 committedAt = flexSettlement.runOf(AREA, DAY).committedAt;
        return
            committedAt != 0 && block.timestamp < committedAt + WINDOW && accounts.balanceOf(DSO_ID) > STAKE;
    }

    /// @dev One figure of one leaf that changes no other leaf's.
    function _tamper(uint256 seed) private {
        _wrongCall = seed % CALLS;
        _wrongLeaf = (seed / 8) % _assets[_wrongCall].length;
        IFlexChallenges.Asset storage leaf = _assets[_wrongCall][_wrongLeaf];
        uint256 figure = (seed / 64) % 5;
        if (figure == 0) leaf.revenue += 1;
        if (figure == 1) leaf.penalty += 7;
        if (figure == 2) leaf.delivered += 1;
        if (figure == 3) leaf.baseline += leaf.baseline > leaf.realised ? int64(1) : int64(-1);
        if (figure == 4) leaf.before += 1;
    }

    function _clear() private {
        (_dsoPays, _tsoPays) = (0, 0);
        for (uint256 call = 0; call < CALLS; ++call) {
            delete _assets[call];
            delete _assetSums[call];
        }
        for (uint256 s = 0; s < STATEMENTS; ++s) {
            delete _entries[s][ENTRY];
            delete _entries[s][ENTRY + 1];
        }
    }
}

// Whatever operator and challengers do
//   nothing appears or vanishes among members, bond and fund
//   no run falls by a leaf that is right, and each falls by the leaf that is wrong
//   nothing is paid twice
contract FlexSettlementInvariantTest {
    FlexSettlementHandler private _handler;

    function setUp() public {
        _handler = new FlexSettlementHandler();
        _handler.setUp();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (Selectors[] memory selectors) {
        selectors = new Selectors[](1);
        selectors[0].target = address(_handler);
        selectors[0].selectors = new bytes4[](4);
        selectors[0].selectors[0] = FlexSettlementHandler.commit.selector;
        selectors[0].selectors[1] = FlexSettlementHandler.challenge.selector;
        selectors[0].selectors[2] = FlexSettlementHandler.challengeStatement.selector;
        selectors[0].selectors[3] = FlexSettlementHandler.pay.selector;
    }

    struct Selectors {
        address target;
        bytes4[] selectors;
    }

    function invariant_flexPaymentsConserveMoney() public view {
        vm.assertEq(_handler.sum(), _handler.held(), "nothing appears or vanishes");
    }

    function invariant_flexLeavesFallOnlyWhereTheyAreWrong() public view {
        vm.assertEq(_handler.wronglyVoided(), 0, "none that is right");
        vm.assertEq(_handler.missed(), 0, "each that is wrong");
        vm.assertTrue(_handler.paid() <= 1, "paid once");
    }
}
