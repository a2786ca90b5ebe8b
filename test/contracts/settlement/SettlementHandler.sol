// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {ITradingDays} from "../../../contracts/market/ITradingDays.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {ISettlement} from "../../../contracts/settlement/ISettlement.sol";
import {SettlementCurrency} from "../../../contracts/settlement/SettlementCurrency.sol";
import {AreaId, MemberId, TradingDay} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {SettlementWorld} from "./SettlementWorld.sol";

/// @dev What supplier (1), DSO (2), tax authority (3), platform operator (4) and five households do, chosen by the
/// fuzzer. It keeps its own book of what every member was given and charged, which the contracts must agree with.
contract SettlementHandler {
    struct PendingRun {
        bool isThere;
        uint32 day;
        uint8 run;
        bytes payments;
        int64[10] amounts;
    }

    uint24 public constant LAST_MEMBER = 9;
    AreaId private constant AREA = AreaId.wrap(1);
    uint32 private constant FIRST_DAY = 20_000;
    uint32 private constant DAYS = 5;
    uint256 private constant WINDOW = 100;
    uint256 private constant MINIMUM_BOND = 1_000_000_000;
    uint256 private constant LARGEST_AMOUNT = 1_000_000;

    IMemberRegistry private _members;
    ITradingDays private _tradingDays;
    IAccounts private _accounts;
    ISettlement private _settlement;
    SettlementCurrency private _currency;

    /// @dev Deposits, receipts and corrections less withdrawals, payments and forfeits of a member.
    mapping(uint24 memberId => int256) public net;
    int256 public contributed;
    int256 public sumOfPayments;
    bool public owedBesideFree;

    uint256 private _time;
    uint32 private _opened;
    uint32 private _settled;
    PendingRun private _pending;

    constructor(SettlementWorld world) {
        _members = world.members();
        _tradingDays = world.tradingDays();
        _accounts = world.accounts();
        _settlement = world.settlement();
        _currency = world.currency();
        _time = block.timestamp;
    }

    function deposit(uint256 memberSeed, uint256 amountSeed) external {
        MemberId memberId = _memberOf(memberSeed);
        uint256 amount = _mint(amountSeed);
        _accounts.deposit(memberId, amount);
        net[MemberId.unwrap(memberId)] += int256(amount);
        _look(memberId);
    }

    function withdraw(uint256 memberSeed, uint256 amountSeed) external {
        MemberId memberId = _memberOf(memberSeed);
        uint256 free = _accounts.freeOf(memberId);
        address account = _members.accountOf(memberId);
        // A micro-euro more than what is free is refused.
        vm.prank(account);
        try _accounts.withdraw(memberId, free + 1) {
            owedBesideFree = true;
        } catch {}
        if (free == 0) return;
        uint256 amount = 1 + (amountSeed % free);
        vm.prank(account);
        _accounts.withdraw(memberId, amount);
        net[MemberId.unwrap(memberId)] -= int256(amount);
        _look(memberId);
    }

    function setCreditLine(uint256 memberSeed, uint256 amountSeed) external {
        // Refused where it is needed for what is locked.
        try _accounts.setCreditLine(_householdOf(memberSeed), amountSeed % LARGEST_AMOUNT) {} catch {}
    }

    function contribute(uint256 amountSeed) external {
        uint256 amount = _mint(amountSeed);
        _accounts.contribute(AREA, amount);
        contributed += int256(amount);
    }

    function growBond(uint256 amountSeed) external {
        _accounts.depositBond(AREA, _mint(amountSeed));
    }

    function shrinkBond(uint256 amountSeed) external {
        _accounts.announceBondWithdrawal(AREA, 1 + (amountSeed % LARGEST_AMOUNT));
        vm.warp(_time + 14 days);
        _accounts.withdrawBond(AREA);
        vm.warp(_time);
    }

    function openDay() public {
        if (_opened == DAYS) return;
        uint32 day = FIRST_DAY + _opened;
        _advanceTo(uint256(day) * 86_400 - 1 days);
        // Refused where four days are open, or the day has been settled or is over.
        try _tradingDays.publishKeys(AREA, TradingDay.wrap(day), 600) {
            ++_opened;
        } catch {}
    }

    /// @dev Commits the next day's initial run, or a later run of a day before, and has it paid if that can be.
    function settle(uint256 seed) external {
        if (_settled == _opened) openDay();
        if (!_pending.isThere && !_commit(seed)) return;
        _advanceTo(_time + WINDOW);
        // What supplier, DSO, tax authority or platform operator cannot pay is refused, and must leave no trace.
        try _settlement.payRun(AREA, TradingDay.wrap(_pending.day), _pending.run, _pending.payments) {
            _book();
        } catch {
            for (uint24 id = 1; id <= 4; ++id) {
                uint256 amount = _mint(LARGEST_AMOUNT - 1);
                _accounts.deposit(MemberId.wrap(id), amount);
                net[id] += int256(amount);
            }
        }
    }

    /// @dev Payments that do not sum to zero are never committed, and so never made.
    function settleWrongly(uint256 seed) external {
        if (_pending.isThere || _settled == DAYS) return;
        _topUpBond();
        int64[10] memory amounts = _amountsOf(seed);
        // From where it is added, an amount other than zero; what is left may be nobody's.
        int64 excess = int64(uint64(1 + (seed % LARGEST_AMOUNT)));
        amounts[1 + (seed % 9)] += seed % 2 == 0 ? excess : -excess;
        bytes memory payments = _pack(amounts);
        TradingDay day = TradingDay.wrap(FIRST_DAY + _settled);
        ISettlement.Commitment memory commitment = _commitmentOf(amounts);
        try _settlement.commitStatements(AREA, day, 0, commitment, uint32(block.timestamp), payments) {
            sumOfPayments += excess;
        } catch (bytes memory reason) {
            // For any other reason this would try nothing.
            if (bytes4(reason) != ISettlement.SettlementNotZeroSum.selector) sumOfPayments += excess;
        }
    }

    function correct(uint256 memberSeed, uint256 deltaSeed) external {
        MemberId memberId = _householdOf(memberSeed);
        int256 delta = int256(deltaSeed % (2 * LARGEST_AMOUNT)) - int256(LARGEST_AMOUNT);
        net[MemberId.unwrap(memberId)] -= _accounts.correct(AREA, memberId, delta);
        _look(memberId);
    }

    function reward(uint256 memberSeed, uint256 amountSeed) external {
        MemberId memberId = _memberOf(memberSeed);
        net[MemberId.unwrap(memberId)] += int256(
            _accounts.reward(AREA, memberId, amountSeed % LARGEST_AMOUNT)
        );
        _look(memberId);
    }

    function forfeit(uint256 memberSeed, uint256 amountSeed) external {
        MemberId memberId = _memberOf(memberSeed);
        uint256 amount = amountSeed % LARGEST_AMOUNT;
        uint256 free = _accounts.freeOf(memberId);
        try _accounts.forfeit(AREA, memberId, amount) {
            net[MemberId.unwrap(memberId)] -= int256(amount);
            if (amount > free) owedBesideFree = true;
            _look(memberId);
        } catch {}
    }

    function _commit(uint256 seed) private returns (bool) {
        (bool isFound, uint32 day, uint8 run) = _nextRun(seed);
        if (!isFound) return false;
        _topUpBond();
        int64[10] memory amounts = _amountsOf(seed);
        bytes memory payments = _pack(amounts);
        _settlement.commitStatements(
            AREA,
            TradingDay.wrap(day),
            run,
            _commitmentOf(amounts),
            uint32(block.timestamp),
            payments
        );
        _pending = PendingRun(true, day, run, payments, amounts);
        return true;
    }

    /// @dev By the seed, a later run of a settled day that is over, or the initial one of the next day.
    function _nextRun(uint256 seed) private view returns (bool isFound, uint32 day, uint8 run) {
        if (seed % 3 != 0 && _settled != 0) {
            day = FIRST_DAY + uint32((seed >> 8) % _settled);
            (, uint8 last) = _settlement.lastRunOf(AREA, TradingDay.wrap(day));
            run = last + 1 + uint8((seed >> 16) % 2);
            if (run <= 2 && _time >= (uint256(day) + 1) * 86_400) return (true, day, run);
        }
        // A day is settled when it was opened, so that something is locked; and when all before it are.
        return (_settled < _opened, FIRST_DAY + _settled, 0);
    }

    function _book() private {
        int64[10] memory amounts = _pending.amounts;
        for (uint24 id = 1; id <= LAST_MEMBER; ++id) {
            net[id] -= amounts[id];
            sumOfPayments += amounts[id];
            if (amounts[id] != 0) _look(MemberId.wrap(id));
        }
        if (_pending.run == 0) ++_settled;
        delete _pending;
    }

    /// @dev A member whose account has just moved has repaid what it could.
    function _look(MemberId memberId) private {
        uint256 balance = _accounts.balanceOf(memberId);
        uint256 needed = _tradingDays.lockedOf(memberId);
        uint256 creditLine = _accounts.creditLineOf(memberId);
        uint256 lockedBeyond = needed > creditLine ? needed - creditLine : 0;
        if (_accounts.debtOf(memberId) != 0 && balance > lockedBeyond) owedBesideFree = true;
    }

    function _advanceTo(uint256 time) private {
        if (time > _time) _time = time;
        vm.warp(_time);
    }

    function _mint(uint256 amountSeed) private returns (uint256 amount) {
        amount = 1 + (amountSeed % LARGEST_AMOUNT);
        _currency.mint(address(this), amount);
        _currency.approve(address(_accounts), amount);
    }

    function _topUpBond() private {
        uint256 bond = _accounts.bondOf(AREA);
        if (bond >= MINIMUM_BOND) return;
        _currency.mint(address(this), MINIMUM_BOND - bond);
        _currency.approve(address(_accounts), MINIMUM_BOND - bond);
        _accounts.depositBond(AREA, MINIMUM_BOND - bond);
    }

    /// @dev Random payments of everybody but the supplier, who pays or receives what makes them sum to zero.
    function _amountsOf(uint256 seed) private pure returns (int64[10] memory amounts) {
        for (uint24 id = 2; id <= LAST_MEMBER; ++id) {
            uint256 random = uint256(keccak256(abi.encode(seed, id)));
            if (random % 4 == 0) continue;
            amounts[id] = int64(uint64((random >> 8) % LARGEST_AMOUNT)) - int64(uint64(LARGEST_AMOUNT / 3));
            amounts[1] -= amounts[id];
        }
    }

    function _pack(int64[10] memory amounts) private pure returns (bytes memory payments) {
        for (uint24 id = 1; id <= LAST_MEMBER; ++id) {
            if (amounts[id] != 0) payments = bytes.concat(payments, abi.encodePacked(id, amounts[id]));
        }
    }

    function _commitmentOf(
        int64[10] memory amounts
    ) private pure returns (ISettlement.Commitment memory commitment) {
        commitment.count = LAST_MEMBER;
        for (uint24 id = 1; id <= LAST_MEMBER; ++id) {
            if (amounts[id] > 0) commitment.total += uint64(amounts[id]);
        }
    }

    function _memberOf(uint256 seed) private pure returns (MemberId) {
        return MemberId.wrap(uint24(1 + (seed % LAST_MEMBER)));
    }

    function _householdOf(uint256 seed) private pure returns (MemberId) {
        return MemberId.wrap(uint24(5 + (seed % 5)));
    }
}
