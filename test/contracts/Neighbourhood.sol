// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {IAreaRegistry} from "../../contracts/grid/IAreaRegistry.sol";
import {IMemberRegistry} from "../../contracts/identity/IMemberRegistry.sol";
import {ICallAuction} from "../../contracts/market/ICallAuction.sol";
import {IMeterReadings} from "../../contracts/metering/IMeterReadings.sol";
import {IAccounts} from "../../contracts/settlement/IAccounts.sol";
import {ISettlement} from "../../contracts/settlement/ISettlement.sol";
import {SettlementCurrency} from "../../contracts/settlement/SettlementCurrency.sol";
import {
    DSO,
    MARKET_OPERATOR,
    METERING_OPERATOR,
    REGISTRAR,
    SETTLEMENT,
    SETTLEMENT_BANK,
    SUPPLIER
} from "../../contracts/types/Roles.sol";
import {AreaId, DeliveryPeriod, EnergyWh, MemberId, Price} from "../../contracts/types/Types.sol";
import {vm} from "./Vm.sol";

/// @dev Every contract deployed and wired, one area open, supplier (member 1) and DSO (member 2) registered. The test
/// itself holds every role but that of the Settlement contract; households come as tests ask for them.
abstract contract Neighbourhood {
    struct OrderDraft {
        MemberId memberId;
        ICallAuction.Side side;
        uint32 quantity;
        int24 limitPrice;
        uint64 salt;
    }

    AreaId internal constant AREA = AreaId.wrap(1);
    AreaId internal constant OTHER_AREA = AreaId.wrap(2);
    DeliveryPeriod internal constant FIRST_PERIOD = DeliveryPeriod.wrap(1_900_000);
    DeliveryPeriod internal constant LAST_PERIOD = DeliveryPeriod.wrap(1_900_009);
    uint256 internal constant START = 1_900_000 * 900;
    uint256 internal constant GATE_CLOSURE = START - 300;
    uint256 internal constant LONG_BEFORE = START - 1 days;

    MemberId internal constant SUPPLIER_ID = MemberId.wrap(1);
    MemberId internal constant DSO_ID = MemberId.wrap(2);
    EnergyWh internal constant QUANTITY_LIMIT = EnergyWh.wrap(10_000);
    address internal constant STRANGER = address(0x57a46e4);

    bytes32 private constant ORDER_TYPE = keccak256(
        "Order(uint32 area,uint24 memberId,uint32 deliveryPeriod,uint8 side,uint32 quantity,int24 limitPrice,uint64 salt)"
    );

    IAccessManager public manager;
    IMemberRegistry public members;
    IAreaRegistry public areas;
    ICallAuction public auction;
    IMeterReadings public readings;
    SettlementCurrency public currency;
    IAccounts public accounts;
    ISettlement public settlement;

    function setUp() public virtual {
        vm.warp(LONG_BEFORE);
        manager = IAccessManager(_deploy("AccessManager", abi.encode(this)));
        members = IMemberRegistry(_deploy("MemberRegistry", abi.encode(manager)));
        areas = IAreaRegistry(_deploy("AreaRegistry", abi.encode(manager)));
        auction = ICallAuction(_deploy("CallAuction", abi.encode(manager, areas, members)));
        readings = IMeterReadings(_deploy("MeterReadings", abi.encode(manager)));
        currency = SettlementCurrency(_deploy("SettlementCurrency", abi.encode(manager)));
        accounts = IAccounts(_deploy("Accounts", abi.encode(manager, currency, members)));
        settlement = ISettlement(
            _deploy("Settlement", abi.encode(manager, members, auction, readings, accounts))
        );
        _grantRoles();

        areas.openArea(AREA, IAreaRegistry.Calendar(FIRST_PERIOD, LAST_PERIOD, 300, 300));
        areas.openArea(OTHER_AREA, IAreaRegistry.Calendar(FIRST_PERIOD, LAST_PERIOD, 300, 300));
        _register(AREA, IMemberRegistry.Kind.Supplier, 0);
        _register(AREA, IMemberRegistry.Kind.DSO, 0);
    }

    /// @dev Deploys what users deploy, byte for byte: the artifact, not what this test's compiler would make of it.
    function _deploy(
        string memory name,
        bytes memory constructorArguments
    ) private returns (address deployed) {
        bytes memory creationCode = bytes.concat(vm.getCode(name), constructorArguments);
        assembly ("memory-safe") {
            deployed := create(0, add(creationCode, 32), mload(creationCode))
        }
        require(deployed != address(0), name);
    }

    function _grantRoles() private {
        _grant(REGISTRAR, address(members), IMemberRegistry.registerMembers.selector);
        _grant(REGISTRAR, address(members), IMemberRegistry.deactivateMember.selector);
        _grant(REGISTRAR, address(areas), IAreaRegistry.openArea.selector);
        _grant(SUPPLIER, address(areas), IAreaRegistry.setDefaultEnergyRates.selector);
        _grant(SUPPLIER, address(areas), IAreaRegistry.publishEnergyRates.selector);
        _grant(DSO, address(areas), IAreaRegistry.setGridTariff.selector);
        _grant(MARKET_OPERATOR, address(auction), ICallAuction.closeGate.selector);
        _grant(MARKET_OPERATOR, address(settlement), ISettlement.settle.selector);
        _grant(METERING_OPERATOR, address(readings), IMeterReadings.commitReadings.selector);
        _grant(SETTLEMENT_BANK, address(currency), SettlementCurrency.mint.selector);
        _grant(SETTLEMENT, address(accounts), IAccounts.applyPayments.selector);
        manager.revokeRole(SETTLEMENT, address(this));
        manager.grantRole(SETTLEMENT, address(settlement), 0);
    }

    function _grant(uint64 role, address target, bytes4 selector) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        manager.setTargetFunctionRole(target, selectors, role);
        manager.grantRole(role, address(this), 0);
    }

    /// @param key Private key of the member's trading key, and of its account; zero for neither.
    function _register(AreaId area, IMemberRegistry.Kind kind, uint256 key) internal returns (MemberId) {
        IMemberRegistry.Registration[] memory registrations = new IMemberRegistry.Registration[](1);
        registrations[0] = IMemberRegistry.Registration({
            kind: kind,
            account: key == 0 ? address(this) : vm.addr(key),
            tradingKey: key == 0 ? address(0) : vm.addr(key),
            meterKey: key == 0 ? address(0) : vm.addr(key + 1_000_000),
            quantityLimit: QUANTITY_LIMIT,
            connectionPoint: bytes32(0)
        });
        members.registerMembers(area, registrations);
        return MemberId.wrap(uint24(members.memberCount()));
    }

    /// @dev A household whose trading key is the private key `1000 + member`.
    function _registerHousehold() internal returns (MemberId) {
        return _register(AREA, IMemberRegistry.Kind.Household, 1_001 + members.memberCount());
    }

    function _registerHouseholds(uint256 count) internal returns (MemberId first) {
        first = _registerHousehold();
        for (uint256 i = 1; i < count; ++i) {
            _registerHousehold();
        }
    }

    function _fund(MemberId memberId, uint256 amount) internal {
        currency.mint(address(this), amount);
        currency.approve(address(accounts), amount);
        accounts.deposit(memberId, amount);
    }

    function _bid(
        MemberId memberId,
        uint32 quantity,
        int24 limitPrice
    ) internal pure returns (OrderDraft memory) {
        return OrderDraft(memberId, ICallAuction.Side.Bid, quantity, limitPrice, 7);
    }

    function _offer(
        MemberId memberId,
        uint32 quantity,
        int24 limitPrice
    ) internal pure returns (OrderDraft memory) {
        return OrderDraft(memberId, ICallAuction.Side.Offer, quantity, limitPrice, 7);
    }

    /// @dev Signed by the member's own key, packed.
    function _pack(OrderDraft memory order) internal view returns (bytes memory) {
        return _packAs(order, FIRST_PERIOD, 1_000 + MemberId.unwrap(order.memberId));
    }

    function _packAs(
        OrderDraft memory order,
        DeliveryPeriod period,
        uint256 key
    ) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _digestOf(order, period));
        bytes32 vs = bytes32(uint256(s) | (uint256(v - 27) << 255));
        return
            abi.encodePacked(
                order.memberId,
                uint8(order.side),
                order.quantity,
                order.limitPrice,
                order.salt,
                r,
                vs
            );
    }

    /// @dev What a wallet would sign, from what the contract says of itself (EIP-5267).
    function _digestOf(OrderDraft memory order, DeliveryPeriod period) internal view returns (bytes32) {
        (
            ,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            ,

        ) = IERC5267(address(auction)).eip712Domain();
        bytes32 separator = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256(bytes(name)),
                keccak256(bytes(version)),
                chainId,
                verifyingContract
            )
        );
        bytes32 structHash = keccak256(
            abi.encode(
                ORDER_TYPE,
                AREA,
                order.memberId,
                period,
                order.side,
                order.quantity,
                order.limitPrice,
                order.salt
            )
        );
        return MessageHashUtils.toTypedDataHash(separator, structHash);
    }

    /// @dev Warps to the gate's closure and commits the orders.
    function _close(bytes memory orders) internal {
        vm.warp(GATE_CLOSURE);
        auction.closeGate(AREA, FIRST_PERIOD, uint32(orders.length / 83), keccak256(orders));
    }

    function _clearEmpty() internal {
        _close("");
        auction.clear(AREA, FIRST_PERIOD, _noTrade(), "");
    }

    function _commitNoReadings() internal {
        vm.warp(START + 900);
        readings.commitReadings(AREA, FIRST_PERIOD, IMeterReadings.Commitment(bytes32(0), 0, 0, 0));
    }

    function _noTrade() internal pure returns (ICallAuction.ClearingClaim memory claim) {}

    function _claim(
        int24 price,
        uint64 bidsAtOrAbove,
        uint64 bidsAbove,
        uint64 offersAtOrBelow,
        uint64 offersBelow
    ) internal pure returns (ICallAuction.ClearingClaim memory) {
        return
            ICallAuction.ClearingClaim(
                Price.wrap(price),
                bidsAtOrAbove,
                bidsAbove,
                offersAtOrBelow,
                offersBelow
            );
    }
}
