// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FlexLines} from "../../../contracts/flexibility/FlexLines.sol";
import {IFlexChallenges} from "../../../contracts/flexibility/IFlexChallenges.sol";
import {IFlexSettlement} from "../../../contracts/flexibility/IFlexSettlement.sol";
import {DeliveryPeriod, MemberId, Money} from "../../../contracts/types/Types.sol";
import {SumTrees} from "../metering/SumTrees.sol";
import {vm} from "../Vm.sol";
import {FlexDay} from "./FlexDay.sol";

/// @dev Draws the day's run as an operator does, step by step, so that a test can change what comes of each step:
/// `_takeAssets`, `_drawEntries`, `_drawStatements`, `_commit`. Calls are 0 and 1 of the DSO's order, 2 of the TSO's;
/// statements 0 the supplier's, 1 the aggregator's, 2 Alice's, 3 Bob's.
abstract contract FlexRun is FlexDay {
    using SumTrees for SumTrees.Tree;
    using SumTrees for SumTrees.Node[];

    uint256 internal constant CALLS = 3;
    uint256 internal constant STATEMENTS = 4;
    /// @dev Of the first called period in the day.
    uint256 internal constant ENTRY = 93;
    bytes32 internal constant SOURCE = keccak256(hex"00");

    struct Sums {
        uint64 a;
        uint64 b;
    }

    struct Spec {
        uint32 order;
        uint256 position;
        uint256 price;
        uint256 ordered;
    }

    mapping(uint256 call => IFlexChallenges.Asset[]) internal _assets;
    mapping(uint256 call => Sums[]) internal _assetSums;
    /// @dev What is committed of a call beside the sums of its leaves.
    Sums[3] internal _moved;
    mapping(uint256 statement => mapping(uint256 position => IFlexChallenges.Entry)) internal _entries;
    mapping(uint256 statement => mapping(uint256 position => Sums)) internal _entrySums;
    IFlexChallenges.Statement[4] internal _statements;
    Sums[4] internal _statementSums;
    int64[4] internal _payments;
    int64 internal _dsoPays;
    int64 internal _tsoPays;
    bytes internal _availability;

    function _commitTruth() internal {
        _takeAssets();
        _drawEntries();
        _drawStatements();
        _commit();
    }

    function _takeAssets() internal {
        _push(0, ALICE_ID, 3_000, 800, 0);
        _push(0, BOB_ID, 900, 200, 0);
        _push(1, ALICE_ID, 3_000, 300, 0);
        _push(1, BOB_ID, 900, 200, 0);
        _share(0);
        _share(1);
        _push(2, ALICE_ID, 3_000, 250, _assets[0][0].delivered);
        _share(2);
    }

    function _push(
        uint256 call,
        MemberId memberId,
        int64 baseline,
        uint64 asked,
        uint64 attributed
    ) internal {
        IFlexChallenges.Asset memory asset;
        asset.memberId = memberId;
        asset.baseline = baseline;
        asset.realised = int64(_importOf(memberId, _periodOf(call)));
        asset.asked = asked;
        asset.attributed = attributed;
        asset.source = SOURCE;
        asset.salt = keccak256(abi.encode("asset", call, memberId));
        _assets[call].push(asset);
        _assetSums[call].push(Sums(0, 0));
    }

    /// @dev Makes sums and shares of a call's leaves what they should be.
    function _share(uint256 call) internal {
        IFlexChallenges.Asset[] storage assets = _assets[call];
        Sums memory moved;
        uint64 missing = 0;
        for (uint256 i = 0; i < assets.length; ++i) {
            Sums memory own = _movementOf(assets[i]);
            _assetSums[call][i] = own;
            (assets[i].before, assets[i].missingBefore) = (moved.a, missing);
            (moved.a, moved.b) = (moved.a + own.a, moved.b + own.b);
            missing += _missingOf(assets[i]);
        }
        _moved[call] = moved;
        IFlexSettlement.Settled memory settled = _settledOf(call);
        for (uint256 i = 0; i < assets.length; ++i) {
            assets[i].delivered = _part(settled.delivered, assets[i].before, _assetSums[call][i].a, moved.a);
            uint64 before = _part(settled.delivered, 0, assets[i].before, moved.a);
            assets[i].revenue = _part(
                settled.payment - _feeOf(settled),
                before,
                assets[i].delivered,
                settled.delivered
            );
            assets[i].penalty = _part(
                settled.penalty,
                assets[i].missingBefore,
                _missingOf(assets[i]),
                missing
            );
        }
    }

    function _drawEntries() internal {
        for (uint256 call = 0; call < CALLS; ++call) {
            uint256 position = ENTRY + _specOf(call).position;
            IFlexSettlement.Settled memory settled = _settledOf(call);
            _entries[1][position].delivered += settled.delivered;
            _entries[1][position].revenue += _feeOf(settled);
            for (uint256 i = 0; i < _assets[call].length; ++i) {
                IFlexChallenges.Entry storage entry = _entries[2 + i][position];
                entry.delivered += _assets[call][i].delivered;
                entry.revenue += _assets[call][i].revenue;
                entry.penalty += _assets[call][i].penalty;
            }
        }
        for (uint256 position = ENTRY; position < ENTRY + 2; ++position) {
            uint64 compensation =
                (_entries[1][position].delivered * uint64(uint24(RETAIL - FEED_IN))) / 1_000;
            _entries[1][position].penalty += compensation;
            _entries[0][position].revenue = compensation;
            int64 corrections = _correct(2, position) + _correct(3, position);
            _entries[0][position].correction = Money.wrap(-corrections);
        }
        _sumEntries();
    }

    function _sumEntries() internal {
        for (uint256 s = 0; s < STATEMENTS; ++s) {
            for (uint256 position = ENTRY; position < ENTRY + 2; ++position) {
                IFlexChallenges.Entry storage entry = _entries[s][position];
                int64 correction = Money.unwrap(entry.correction);
                uint64 charged = correction > 0 ? uint64(correction) : 0;
                uint64 credited = correction < 0 ? uint64(-correction) : 0;
                _entrySums[s][position] = Sums(entry.penalty + charged, entry.revenue + credited);
            }
        }
    }

    function _drawStatements() internal {
        for (uint256 s = 0; s < STATEMENTS; ++s) {
            SumTrees.Node memory root = _entryTree(s).rootOf();
            _statements[s] = IFlexChallenges.Statement(
                MemberId.wrap([uint24(1), 6, 7, 8][s]),
                DAY,
                root.hash,
                root.a,
                root.b,
                keccak256(abi.encode("statement", s))
            );
            _sumStatement(s);
        }
        for (uint256 call = 0; call < CALLS; ++call) {
            IFlexSettlement.Settled memory settled = _settledOf(call);
            int64 net = int64(settled.payment) - int64(settled.penalty);
            if (call == 2) _tsoPays += net;
            else _dsoPays += net;
        }
    }

    function _sumStatement(uint256 s) internal {
        int64 payment = int64(_statements[s].charges) - int64(_statements[s].credits);
        _payments[s] = payment;
        _statementSums[s] = Sums(payment > 0 ? uint64(payment) : 0, payment < 0 ? uint64(-payment) : 0);
    }

    function _commit() internal {
        bytes memory payments = _packed();
        flexSettlement.commitRun(
            AREA,
            DAY,
            IFlexSettlement.Commitment(
                _statementTree().rootOf().hash,
                uint32(STATEMENTS),
                _totalOf(payments)
            ),
            uint32(block.timestamp),
            _facts(),
            payments
        );
    }

    function _packed() internal view returns (bytes memory payments) {
        int64[8] memory all = [
            _payments[0],
            _dsoPays,
            int64(0),
            0,
            _tsoPays,
            _payments[1],
            _payments[2],
            _payments[3]
        ];
        for (uint24 i = 0; i < all.length; ++i) {
            if (all[i] != 0) payments = bytes.concat(payments, _payment(MemberId.wrap(i + 1), all[i]));
        }
    }

    function _facts() internal view returns (IFlexSettlement.Facts memory facts) {
        facts.deliveries = _deliveries();
        facts.availability = _availability;
        facts.orders = new bytes[](2);
        facts.orders[0] = _periodsOf(1);
        facts.orders[1] = _periodsOf(2);
    }

    function _deliveries() internal view virtual returns (bytes memory deliveries) {
        for (uint256 call = 0; call < CALLS; ++call) {
            deliveries = bytes.concat(deliveries, _deliveryOf(call));
        }
    }

    function _deliveryOf(uint256 call) internal view returns (bytes memory) {
        return
            abi.encodePacked(
                _specOf(call).order,
                _periodOf(call),
                _moved[call].a,
                _moved[call].b,
                uint32(_assets[call].length),
                _assetTree(call).rootOf().hash
            );
    }

    function _callProof(uint256 call) internal view returns (IFlexChallenges.CallProof memory) {
        return IFlexChallenges.CallProof(_deliveries(), call, _periodsOf(_specOf(call).order));
    }

    function _assetProof(uint256 call, uint256 i) internal view returns (IFlexChallenges.AssetProof memory) {
        return
            IFlexChallenges.AssetProof(
                _assets[call][i],
                _assetSums[call][i].a,
                _assetSums[call][i].b,
                i,
                _assetTree(call).siblingsOf(i)
            );
    }

    function _noAsset() internal pure returns (IFlexChallenges.AssetProof memory none) {}

    function _statementProof(uint256 s) internal view returns (IFlexChallenges.StatementProof memory) {
        return
            IFlexChallenges.StatementProof(
                _statements[s],
                _statementSums[s].a,
                _statementSums[s].b,
                s,
                _statementTree().siblingsOf(s)
            );
    }

    function _entryProof(
        uint256 s,
        uint256 position
    ) internal view returns (IFlexChallenges.EntryProof memory) {
        return
            IFlexChallenges.EntryProof(
                _entries[s][position],
                _entrySums[s][position].a,
                _entrySums[s][position].b,
                position,
                _entryTree(s).siblingsOf(position)
            );
    }

    function _nodesOf(uint256 s) internal view returns (bytes memory) {
        return _entryTree(s).nodesOf();
    }

    function _entryTree(uint256 s) internal view returns (SumTrees.Tree memory) {
        SumTrees.Node[] memory leaves = new SumTrees.Node[](96);
        for (uint256 position = 0; position < 96; ++position) {
            IFlexChallenges.Entry memory entry = _entries[s][position];
            leaves[position] = SumTrees.leafOf(
                abi.encodePacked(entry.delivered, entry.revenue, entry.penalty, entry.correction, entry.salt),
                _entrySums[s][position].a,
                _entrySums[s][position].b
            );
        }
        return leaves.treeOf();
    }

    function _settledOf(uint256 call) internal view returns (IFlexSettlement.Settled memory) {
        Spec memory spec = _specOf(call);
        return
            FlexLines.settledOf(
                spec.price,
                spec.ordered,
                spec.ordered,
                int256(uint256(_moved[call].a)) - int256(uint256(_moved[call].b)),
                abi.encodePacked(uint16(100), uint32(500_000))
            );
    }

    function _specOf(uint256 call) internal pure returns (Spec memory) {
        if (call == 0) return Spec(1, 0, (DSO_PRICE * 1_000) / 1_500, 1_000);
        if (call == 1) return Spec(1, 1, DSO_PRICE - (DSO_PRICE * 1_000) / 1_500, 500);
        return Spec(2, 0, TSO_PRICE, 250);
    }

    function _periodOf(uint256 call) internal pure returns (DeliveryPeriod) {
        return DeliveryPeriod.wrap(uint32(FIRST + _specOf(call).position));
    }

    function _missingOf(IFlexChallenges.Asset memory asset) internal pure returns (uint64) {
        Sums memory own = _movementOf(asset);
        return asset.asked + own.b > own.a ? asset.asked + own.b - own.a : 0;
    }

    function _movementOf(IFlexChallenges.Asset memory asset) internal pure returns (Sums memory) {
        if (asset.quality == 2 || asset.source == 0) return Sums(0, 0);
        int64 response = asset.baseline - asset.realised;
        if (response < 0) return Sums(0, uint64(-response));
        if (asset.quality == 1) return Sums(0, 0);
        return Sums(uint64(response) > asset.attributed ? uint64(response) - asset.attributed : 0, 0);
    }

    function _feeOf(IFlexSettlement.Settled memory settled) internal pure returns (uint64) {
        return uint64(FlexLines.feeOf(settled.payment, FEE));
    }

    function _statementTree() internal view returns (SumTrees.Tree memory) {
        SumTrees.Node[] memory leaves = new SumTrees.Node[](STATEMENTS);
        for (uint256 s = 0; s < STATEMENTS; ++s) {
            IFlexChallenges.Statement memory statement = _statements[s];
            bytes memory packed = abi.encodePacked(
                statement.memberId,
                statement.day,
                statement.entriesRoot,
                statement.charges,
                statement.credits,
                statement.salt
            );
            leaves[s] = SumTrees.leafOf(packed, _statementSums[s].a, _statementSums[s].b);
        }
        return leaves.treeOf();
    }

    function _assetTree(uint256 call) internal view returns (SumTrees.Tree memory) {
        SumTrees.Node[] memory leaves = new SumTrees.Node[](_assets[call].length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            leaves[i] = SumTrees.leafOf(
                _encode(_assets[call][i]),
                _assetSums[call][i].a,
                _assetSums[call][i].b
            );
        }
        return leaves.treeOf();
    }

    function _encode(IFlexChallenges.Asset memory asset) internal pure returns (bytes memory) {
        bytes memory readings_ = abi.encodePacked(
            asset.memberId,
            asset.baseline,
            asset.realised,
            asset.quality,
            asset.readingVersion,
            asset.asked,
            asset.attributed
        );
        return
            bytes.concat(
                readings_,
                abi.encodePacked(
                    asset.before,
                    asset.missingBefore,
                    asset.delivered,
                    asset.revenue,
                    asset.penalty,
                    asset.source,
                    asset.salt
                )
            );
    }

    function _correct(uint256 s, uint256 position) private returns (int64 correction) {
        bool isTraded = position == ENTRY;
        MemberId memberId = s == 2 ? ALICE_ID : BOB_ID;
        int256 traded =
            !isTraded
                ? int256(0)
                : s == 2
                    ? int256(uint256(BOUGHT))
                    : -int256(uint256(BOUGHT));
        uint32 period = uint32(FIRST + position - ENTRY);
        correction = int64(
            FlexLines.correctionOf(
                int256(uint256(_entries[s][position].delivered)),
                int256(uint256(_importOf(memberId, DeliveryPeriod.wrap(period)))),
                traded,
                FlexLines.Rates(RETAIL, FEED_IN)
            )
        );
        _entries[s][position].correction = Money.wrap(correction);
    }

    function _part(uint64 whole, uint64 before, uint64 own, uint64 total) private pure returns (uint64) {
        return uint64(FlexLines.cumulativeShareOf(whole, before, own, total));
    }
}
